// What the npm package feelin makes of expressions, to compare with service.engine.expression while developing.
// Not needed by any test. Use: npm install feelin@8.2.0, then pipe JSON lines [expression, context] through it;
// each line comes back as {"value": ...} or {"error": "..."}.
import { evaluate } from "feelin";
import { createInterface } from "node:readline";

for await (const line of createInterface({ input: process.stdin })) {
  const [expression, context] = JSON.parse(line);
  let answer;
  try {
    const { value } = evaluate(expression, context);
    answer = JSON.stringify({ value: value === undefined ? null : value });
  } catch (error) {
    answer = JSON.stringify({ error: String(error.message) });
  }
  console.log(answer);
}
