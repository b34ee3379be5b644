// Reads an OpenAPI document from standard input and says whether it is one, by the OpenAPI Initiative's own JSON Schema and with every $ref followed: a
// judge that shares no code with keyaki. Prints one JSON object: {"valid": …, "version": …, "errors": […]}.
import { readFileSync } from 'node:fs';
import { Validator } from '@seriousme/openapi-schema-validator';

const validator = new Validator();
const document = JSON.parse(readFileSync(0, 'utf8'));
const { valid, errors } = await validator.validate(structuredClone(document));
let unresolved = [];
if (valid) {
  try {
    validator.resolveRefs();
  } catch (error) {
    unresolved = [String(error)];
  }
}
console.log(JSON.stringify({ valid: valid && unresolved.length === 0, version: validator.version, errors: errors ?? unresolved }));
