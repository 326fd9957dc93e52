// A worker as integrators write it, with the public client. It does what the variable `jumlah` says, and tells of it.
import { BasicAuthInterceptor, Client, Variables } from "camunda-external-task-client-js";

const [baseUrl, username, password, expected] = process.argv.slice(2);
const client = new Client({
  baseUrl,
  workerId: "node",
  interval: 20,
  asyncResponseTimeout: 2000,
  lockDuration: 20000,
  interceptors: new BasicAuthInterceptor({ username, password }),
});
const errors = [];
const files = [];
client.on("poll:error", (error) => errors.push(`poll: ${error}`));
for (const act of ["complete", "handleFailure", "handleBpmnError", "extendLock"]) {
  client.on(`${act}:error`, (task, error) => errors.push(`${act}: ${error}`));
}
let handled = 0;

client.subscribe("capaian", { includeExtensionProperties: true }, async ({ task, taskService }) => {
  const { jumlah, nilai, daftar, lampiran } = task.variables.getAll();
  if (lampiran) {
    const { filename, content } = await lampiran.load();
    files.push([filename, content.length]);
  }
  const result = new Variables();
  result.setAllTyped({
    hasil: { type: "integer", value: jumlah * 2, valueInfo: {} },
    lembar: { type: "json", value: { nilai, daftar }, valueInfo: {} },
  });
  result.set("benar", true);
  result.set("kapan", new Date(0));
  if (jumlah === 1) {
    await taskService.extendLock(task, 30000);
    await taskService.complete(task, result);
  } else if (jumlah === 2) {
    await taskService.handleBpmnError(task, "data-beda", "Beda.", result);
  } else {
    await taskService.handleFailure(task, {
      errorMessage: "Server diam.",
      errorDetails: "di baris 1",
      retries: (task.retries ?? 2) - 1,
      retryTimeout: 0,
    });
  }
  handled += 1;
  if (handled === Number(expected)) {
    console.log(JSON.stringify({ errors, files, properties: task.extensionProperties, tenant: task.tenantId }));
    process.exit(0);
  }
});
