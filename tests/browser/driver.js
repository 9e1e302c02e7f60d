// What the browser's tests share: Debian's Chromium, houses to look at, what counts, and what axe finds.
'use strict'
const {spawn} = require('node:child_process')
const fs = require('node:fs')
const path = require('node:path')
const readline = require('node:readline')
const {chromium} = require('playwright-core')
const axeSource = fs.readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8')

// ---- counts ----

let passed = 0
let failed = 0
function fine(what, yes, shown = '') {
  if (yes) passed++
  else {
    failed++
    console.log(`FAILED: ${what}${shown === '' ? '' : `: ${typeof shown === 'string' ? shown : JSON.stringify(shown)}`.slice(0, 1200)}`)
  }
  return !!yes
}
const check = (what, got, wanted) => fine(what, JSON.stringify(got) === JSON.stringify(wanted), `expected ${JSON.stringify(wanted)}, got ${JSON.stringify(got)}`)
function counted() {
  console.log(`${passed} passed, ${failed} failed`)
  return failed ? 1 : 0
}

// ---- houses ----

// ask({do: 'open', key: 'a'}): house_server.py.
function houses(dun) {
  const child = spawn('/usr/bin/python3', ['-W', 'ignore', path.join(__dirname, 'house_server.py'), dun], {stdio: ['pipe', 'pipe', 'inherit']})
  const lines = readline.createInterface({input: child.stdout})
  const waiting = []
  lines.on('line', line => waiting.shift()?.(JSON.parse(line)))
  const ended = new Promise(done => child.on('exit', done))
  const ask = asked => new Promise((done, no) => {
    waiting.push(a => a.error ? no(new Error(`${asked.do}: ${a.error}`)) : done(a))
    child.stdin.write(JSON.stringify(asked) + '\n')
  })
  ended.then(() => { for (const f of waiting) f({error: 'the houses ended'}) })
  return {ask, end: () => { child.stdin.end(); return ended }}
}

// ---- the browser ----

const program = ['/usr/bin/chromium', '/usr/bin/chromium-browser'].find(p => fs.existsSync(p))
function launch() {
  const root = process.getuid() === 0 // Chromium's sandbox refuses root
  return chromium.launch({executablePath: program, args: [...(root ? ['--no-sandbox'] : []), '--disable-gpu', '--disable-dev-shm-usage', '--force-color-profile=srgb',
    '--disable-background-networking', '--disable-component-update', '--no-first-run', '--font-render-hinting=none']})
}

const LOCALES = {en: 'en-GB', pt: 'pt-BR', es: 'es-ES'}
const SIZES = {desk: {width: 1280, height: 800}, phone: {width: 360, height: 740}}

// Somebody before a screen. who: of house.people, null: nobody. Everything that the browser complains about is kept in `complaints`.
async function sit(browser, house, who, {size = 'desk', theme = 'light', lang = 'en'} = {}) {
  const context = await browser.newContext({viewport: SIZES[size], colorScheme: theme, locale: LOCALES[lang], reducedMotion: 'reduce', timezoneId: 'America/Sao_Paulo',
    serviceWorkers: 'block'})
  context.setDefaultTimeout(10000)
  if (who) await context.addCookies(Object.entries(house.people[who].cookies).map(([name, value]) => ({name, value, url: house.url, httpOnly: true, sameSite: 'Strict'})))
  const page = await context.newPage()
  const seat = {context, page, url: house.url, complaints: [], expected: []}
  const complain = words => { if (!seat.expected.some(e => e.test(words))) seat.complaints.push(words) }
  page.on('console', m => { if (['error', 'warning'].includes(m.type())) complain(`${m.type()}: ${m.text()} ${m.location().url || ''}`) })
  page.on('pageerror', e => complain(`error: ${e.message} ${(e.stack || '').split('\n')[1] || ''}`))
  page.on('requestfailed', r => { if (!/ERR_ABORTED/.test(r.failure()?.errorText || '')) complain(`request: ${r.url()} ${r.failure()?.errorText}`) })
  seat.open = async at => {
    await page.goto(house.url + at, {waitUntil: 'load'})
    await ready(page)
  }
  seat.close = () => context.close()
  return seat
}

// Its heading is there, and nothing is being asked.
async function ready(page) {
  await page.waitForSelector('h1')
  await page.waitForFunction(() => !document.querySelector('.busy') && !document.querySelector('[aria-busy="true"]'), null, {timeout: 10000}).catch(() => {})
  await page.evaluate(() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done))))
}

// What axe finds serious or critical: [] where all is well.
async function axe(page) {
  if (!await page.evaluate(() => !!window.axe)) await page.evaluate(axeSource)
  const found = await page.evaluate(() => window.axe.run(document, {resultTypes: ['violations'], runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']}))
  return found.violations.filter(v => v.impact === 'serious' || v.impact === 'critical')
    .map(v => `${v.id} (${v.impact}): ${v.nodes.slice(0, 3).map(n => `${n.target.join(' ')} ${n.any[0]?.message || ''}`).join(' | ')}`)
}

// Nothing may be wider than the window.
const overflows = page => page.evaluate(() => {
  const wide = document.documentElement.scrollWidth
  if (wide <= innerWidth) return ''
  const el = [...document.querySelectorAll('body *')].find(e => e.getBoundingClientRect().right > innerWidth + 1 && getComputedStyle(e).position !== 'fixed')
  return `${wide} of ${innerWidth}: ${el?.tagName} ${el?.className}`
})

async function until(ask, ms = 15000) {
  const end = Date.now() + ms
  let got
  do {
    try { got = await ask() } catch { got = false }
    if (got) return got
    await new Promise(done => setTimeout(done, 100))
  } while (Date.now() < end)
  return got
}

module.exports = {fine, check, counted, houses, launch, program, sit, ready, axe, overflows, until}
