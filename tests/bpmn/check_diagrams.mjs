// Reads every diagram of a folder as a modeler does and prints as JSON what it would complain about; exit 1 if anything.
// Run from the root of the repository: node tests/bpmn/check_diagrams.mjs [folder, default bpmn]
import { readdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';

import { BpmnModdle } from 'bpmn-moddle';
import Linter from 'bpmnlint/lib/linter.js';
import NodeResolver from 'bpmnlint/lib/resolver/node-resolver.js';

const require = createRequire(import.meta.url);
const camunda = require('camunda-bpmn-moddle/resources/camunda.json');
const { validateAll } = require('@bpmn-io/element-templates-validator');

const folder = process.argv[2] ?? 'bpmn';
const readJson = async (path) => JSON.parse(await readFile(path, 'utf8'));

async function diagrams() {
  const names = await readdir(folder, { recursive: true });
  return names.filter((name) => name.endsWith('.bpmn')).sort();
}

async function importFindings(xml) {
  try {
    const { rootElement, warnings } = await new BpmnModdle({ camunda }).fromXML(xml);
    return { definitions: rootElement, findings: warnings.map(({ message }) => ({ rule: 'import', message })) };
  } catch (error) {
    const messages = [error, ...(error.warnings ?? [])].map(({ message }) => message);
    return { definitions: null, findings: messages.map((message) => ({ rule: 'import', message })) };
  }
}

async function lintFindings(config, definitions) {
  // One linter for each diagram: its rules remember the flows they saw.
  const linter = new Linter({ config, resolver: new NodeResolver() });
  const reports = Object.entries(await linter.lint(definitions));
  return reports.flatMap(([rule, found]) => found.map(({ id, category, message }) => ({ rule, category, element: id, message })));
}

function templateFindings(definitions, templates) {
  const known = new Set(templates.map(({ id, version }) => `${id} ${version}`));
  const tasks = definitions.rootElements.flatMap((root) => root.flowElements ?? []).filter(({ $type }) => $type === 'bpmn:UserTask');
  return tasks
    .filter((task) => !known.has(`${task.get('camunda:modelerTemplate')} ${task.get('camunda:modelerTemplateVersion')}`))
    .map(({ id }) => ({ rule: 'template', element: id, message: 'the template "Langkah SOP" is not applied in its present version' }));
}

const templates = await readJson('bpmn/element-templates/sop.json');
const config = await readJson('bpmn/.bpmnlintrc');
const { results } = validateAll(templates);
const report = {
  templates: results.flatMap(({ errors }) => errors ?? []).map(({ message, dataPath }) => ({ rule: 'schema', element: dataPath, message })),
  diagrams: {},
};
for (const name of await diagrams()) {
  const { definitions, findings } = await importFindings(await readFile(join(folder, name), 'utf8'));
  const further = definitions ? [...(await lintFindings(config, definitions)), ...templateFindings(definitions, templates)] : [];
  report.diagrams[name] = [...findings, ...further];
}
console.log(JSON.stringify(report, null, 2));
const all = [report.templates, ...Object.values(report.diagrams)].flat();
process.exitCode = all.length > 0 || Object.keys(report.diagrams).length === 0 ? 1 : 0;
