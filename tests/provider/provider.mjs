// A real OpenID Connect provider for one test run, whose answers can be spoilt: POST /spoil says how, until the next one.
// node provider.mjs FOLDER-OF-ITS-PACKAGES ADDRESS-TO-RETURN-TO; prints its own address when it is ready.
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const [, , folder, returnTo] = process.argv;
const from = createRequire(`${folder}/package.json`);
const bring = (name) => import(pathToFileURL(from.resolve(name)));
const [{ Provider }, jose] = await Promise.all([bring("oidc-provider"), bring("jose")]);

const CLIENT = { client_id: "laksana", client_secret: "rahasia-uji: panjang & bertanda +%", redirect_uris: [returnTo] };
const BY_FORM = { ...CLIENT, client_id: "laksana-lain", token_endpoint_auth_method: "client_secret_post" };
const FIRST = "pertama";
const keys = {};
for (const kid of [FIRST, "baru", "palsu"]) {
  const pair = await jose.generateKeyPair("RS256", { extractable: true });
  keys[kid] = { ...(await jose.exportJWK(pair.privateKey)), alg: "RS256", use: "sig" };
}
const own = { ...keys[FIRST], kid: FIRST };

// accounts: claims by subject. claims: put into ID tokens; null takes one out. key: signs instead, named kid.
// algorithm: instead of RS256. paths: what is answered at a path: { status, body }, or { silent: true }.
let spoilt = {};

function open(issuer) {
  const provider = new Provider(issuer, {
    clients: [CLIENT, BY_FORM],
    jwks: { keys: [own] },
    cookies: { keys: ["uji"] },
    claims: { openid: ["sub"], profile: ["preferred_username", "nip"] },
    findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id, ...spoilt.accounts?.[id] }) }),
    loadExistingGrant: async ({ oidc }) => {
      const grant = new oidc.provider.Grant({ clientId: oidc.client.clientId, accountId: oidc.session.accountId });
      grant.addOIDCScope("openid profile");
      await grant.save();
      return grant;
    },
  });
  provider.use(async (ctx, next) => {
    const wrong = spoilt.paths?.[ctx.path];
    if (wrong?.silent) return ctx.req.socket.destroy();
    if (wrong) return Object.assign(ctx, { status: wrong.status ?? 200, body: wrong.body ?? "" });
    await next();
    if (ctx.path === "/jwks" && spoilt.kid) ctx.body = { keys: [...ctx.body.keys, published(spoilt.kid)] };
    if (typeof ctx.body === "string") ctx.body = ctx.body.replaceAll(/@import url\(https:[^)]*\);?/g, ""); // no test leaves this machine
    if (ctx.body?.id_token) ctx.body.id_token = await spoil(ctx.body.id_token);
  });
  return provider.callback();
}

function published(kid) {
  const { kty, n, e, alg, use } = keys[kid];
  return { kty, n, e, alg, use, kid };
}

async function spoil(token) {
  const { claims, key, kid, algorithm } = spoilt;
  if (!claims && !key && !kid && !algorithm) return token;
  const said = { ...jose.decodeJwt(token), ...claims };
  const kept = Object.fromEntries(Object.entries(said).filter(([, value]) => value !== null));
  if (algorithm === "none") return new jose.UnsecuredJWT(kept).encode();
  const secret = new TextEncoder().encode(CLIENT.client_secret);
  const signer = algorithm === "HS256" ? secret : await jose.importJWK(keys[key ?? kid ?? FIRST], "RS256");
  return new jose.SignJWT(kept).setProtectedHeader({ alg: algorithm ?? "RS256", kid: kid ?? FIRST }).sign(signer);
}

const server = createServer((request, response) => {
  if (request.url === "/favicon.ico") return response.writeHead(204).end();
  if (request.url !== "/spoil") return handle(request, response);
  const parts = [];
  request.on("data", (part) => parts.push(part));
  request.on("end", () => {
    spoilt = JSON.parse(Buffer.concat(parts));
    response.end();
  });
});
let handle;
server.listen(0, "127.0.0.1", () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  handle = open(issuer);
  console.log(issuer);
});
