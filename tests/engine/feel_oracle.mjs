// Asks the npm package feelin again what tests/data/feel_oracle.json records: every expression and every cell of a
// decision table in it, over the context in it. To add one, write {"text": "…"} or {"cell": "…", "input": …} there.
// Not needed by any test. Use: npm install --prefix <folder> feelin@8.2.0; node tests/engine/feel_oracle.mjs <folder>
import { readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

const RECORD = join(import.meta.dirname, "../data/feel_oracle.json");
const ENDLESS = "never comes back";
const place = join(resolve(process.argv[2]), "node_modules/feelin");
const { evaluate, unaryTest } = await import(pathToFileURL(join(place, "dist/index.js")));
const { version } = JSON.parse(readFileSync(join(place, "package.json")));

const record = JSON.parse(readFileSync(RECORD));

function answered(question, ask) {
  if (question.error === ENDLESS) return question;
  const { value: _value, error: _error, ...asked } = question;
  try {
    return { ...asked, value: ask().value ?? null };
  } catch (error) {
    return { ...asked, error: String(error.message).split("\n")[0] };
  }
}

const expressions = record.expressions.map((question) =>
  answered(question, () => evaluate(question.text, record.context)),
);
const cells = record.cells.map((question) =>
  answered(question, () => unaryTest(question.cell, { ...record.context, "?": question.input })),
);

const lines = (questions) => questions.map((question) => `    ${JSON.stringify(question)}`).join(",\n");
writeFileSync(
  RECORD,
  `{
  "engine": "feelin ${version}",
  "context": ${JSON.stringify(record.context)},
  "expressions": [\n${lines(expressions)}\n  ],
  "cells": [\n${lines(cells)}\n  ]
}
`,
);
