// What the API answered, against its description: openapi.js DOCUMENT EXCHANGES [--all]. The document is valid OpenAPI; each
// exchange is of a path in it, its answer fits the schema of its status, and what was sent and taken fits the request's. --all: each
// GET of it that answers JSON was answered once.
'use strict'
const fs = require('node:fs')
const {Validator} = require('@seriousme/openapi-schema-validator')
const Ajv = require('ajv')
const formats = require('ajv-formats')

const [documentFile, exchangesFile, all] = process.argv.slice(2)
const doc = JSON.parse(fs.readFileSync(documentFile, 'utf8'))
const exchanges = fs.readFileSync(exchangesFile, 'utf8').split('\n').filter(Boolean).map(line => JSON.parse(line))
let passed = 0
const failures = new Map()
function fine(yes, what) {
  if (yes) passed++
  else failures.set(what, (failures.get(what) || 0) + 1)
}

const ajv = new Ajv({strict: false, allErrors: false, validateFormats: true})
formats(ajv)
ajv.addSchema(doc, 'doc')
const escape = s => encodeURIComponent(s.replaceAll('~', '~0').replaceAll('/', '~1'))
const compiled = new Map()
function validator(...parts) {
  const ref = 'doc#/' + parts.map(escape).join('/')
  if (!compiled.has(ref)) compiled.set(ref, ajv.compile({$ref: ref}))
  return compiled.get(ref)
}
const why = v => `${v.errors[0].instancePath || '/'} ${v.errors[0].message} ${JSON.stringify(v.errors[0].params)}`

const paths = Object.keys(doc.paths).map(p => ({p, holes: (p.match(/\{/g) || []).length, is: new RegExp('^' + p.replace(/\{[^}]*\}/g, '[^/]+') + '$')}))
  .sort((a, b) => a.holes - b.holes)
const seen = new Set()

function look(x) {
  const found = paths.find(f => f.is.test(x.path) && doc.paths[f.p][x.method.toLowerCase()])
  if (!found) return fine(x.status === 404 || x.status === 405, `${x.method} ${x.path}: answered ${x.status}, but not described`)
  const method = x.method.toLowerCase()
  const operation = doc.paths[found.p][method]
  const name = `${x.method} ${found.p}`
  const answer = operation.responses[x.status]
  if (x.status < 400) seen.add(name)
  // What any request may come to stands in no path of its own.
  if (!answer && [400, 401, 403, 413, 421, 422, 429, 500, 503].includes(x.status)) {
    const v = validator('components', 'schemas', 'Error')
    return fine(v(x.got), `${name}: ${x.status}: no Error: ${JSON.stringify(x.got)}`)
  }
  if (!answer) return fine(false, `${name}: the status ${x.status} is not described`)
  const schema = answer.content?.['application/json']?.schema
  if (x.got !== null && !schema) return fine(false, `${name}: ${x.status}: JSON, but none is described`)
  if (schema) {
    const v = validator('paths', found.p, method, 'responses', String(x.status), 'content', 'application/json', 'schema')
    fine(v(x.got), `${name}: ${x.status}: ${v.errors && why(v)}`)
  }
  if (x.status < 300 && x.sent && operation.requestBody) {
    const v = validator('paths', found.p, method, 'requestBody', 'content', 'application/json', 'schema')
    fine(v(x.sent), `${name}: taken, but not as described: ${v.errors && why(v)}`)
  }
  return undefined
}

async function main() {
  const valid = await new Validator().validate(structuredClone(doc))
  fine(valid.valid, `the description is no valid OpenAPI: ${JSON.stringify(valid.errors)?.slice(0, 1500)}`)
  try {
    exchanges.forEach(look)
  } catch (e) {
    fine(false, `the description's schemas: ${e.message}`)
  }
  if (all) {
    for (const [p, methods] of Object.entries(doc.paths))
      if (methods.get?.responses[200]?.content?.['application/json']) fine(seen.has(`GET ${p}`), `GET ${p}: nothing was ever answered`)
  }
  for (const [what, count] of failures) console.log(`FAILED: ${what}${count > 1 ? ` (${count} times)` : ''}`)
  console.log(`${passed} passed, ${failures.size} failed`)
  process.exit(failures.size ? 1 : 0)
}
main()
