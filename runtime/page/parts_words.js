// The words of the person's language, and how it writes money, numbers and days. Words come by area, as modules that the program
// makes of words_AREA.def; a key that no table has is written to the console, which the browser's tests take for a failure.
export const LANGUAGES = {en: 'English', pt: 'Português', es: 'Español'}

let language = 'en'
let locale = 'en'
let zone
const table = {}
const asked = new Map()

// A locale of the browser's list that is of this language: en-GB writes days another way than en-US.
function localeOf(lang) {
  const own = (navigator.languages || []).find(l => l.slice(0, 2) === lang && l.length > 2)
  return own || (lang === 'pt' ? 'pt-BR' : lang)
}

// What the browser asks for, of the three that there are.
export function browserLanguage() {
  const known = (navigator.languages || []).map(l => l.slice(0, 2)).find(l => LANGUAGES[l])
  return known || 'en'
}

export const currentLanguage = () => language

// The areas that are there already come again in this language.
export async function setLanguage(lang) {
  const areas = [...asked.keys()]
  language = LANGUAGES[lang] ? lang : 'en'
  locale = localeOf(language)
  document.documentElement.lang = language
  formats.clear()
  asked.clear()
  await Promise.all(areas.map(words))
}

export function setZone(name) {
  zone = name || undefined
  formats.clear()
}

// The table of an area; a page's is there before the page is shown.
export function words(area) {
  if (!asked.has(area)) {
    const lang = language
    const coming = import(`./words_${area}.${lang}.js`).then(m => { if (lang === language) Object.assign(table, m.default) })
    asked.set(area, coming)
    coming.catch(() => asked.delete(area))
  }
  return asked.get(area)
}

// t('board.moved', name): {0} of the words is the first value.
export function t(key, ...values) {
  const words = table[key]
  if (words === undefined) {
    console.error('no words for ' + key)
    return key
  }
  return values.length ? words.replace(/\{(\d)\}/g, (hole, i) => values[i] ?? '') : words
}

export const has = key => table[key] !== undefined
// One or many: of the keys KEY.one and KEY.other, as the language counts; {0} is the number.
export function plural(key, count, ...more) {
  const rule = format('plural', () => new Intl.PluralRules(locale)).select(count)
  return t(`${key}.${rule === 'one' ? 'one' : 'other'}`, number(count), ...more)
}

const formats = new Map()
function format(key, make) {
  if (!formats.has(key)) formats.set(key, make())
  return formats.get(key)
}

// {amount: "1234.50", currency: "BRL"}: its digits as they are, never through a binary number.
export function money(m) {
  if (!m || m.amount == null) return ''
  const digits = (m.amount.split('.')[1] || '').length
  const f = format(`money ${m.currency} ${digits}`, () => new Intl.NumberFormat(locale, {
    style: 'currency', currency: m.currency, minimumFractionDigits: digits, maximumFractionDigits: digits}))
  return f.format(m.amount)
}

export function number(n, digits) {
  if (n == null) return ''
  const f = format(`number ${digits}`, () => new Intl.NumberFormat(locale, digits === undefined ? {} :
    {minimumFractionDigits: digits, maximumFractionDigits: digits}))
  return f.format(n)
}

// 0.1234 as 12.3%.
export function percent(n, digits = 1) {
  if (n == null) return ''
  return format(`percent ${digits}`, () => new Intl.NumberFormat(locale, {style: 'percent', minimumFractionDigits: 0, maximumFractionDigits: digits})).format(n)
}

// A civil day, "2026-11-22": it has no time and no zone. `style`: short, medium, long, or with its weekday: weekday.
export function day(iso, style = 'medium') {
  if (!iso) return ''
  const f = format(`day ${style}`, () => new Intl.DateTimeFormat(locale, style === 'weekday'
    ? {weekday: 'short', day: 'numeric', month: 'short', timeZone: 'UTC'} : {dateStyle: style, timeZone: 'UTC'}))
  return f.format(new Date(iso + 'T00:00:00Z'))
}

// "2026-11-22T15:04:05Z", where the policy is.
export function instant(iso, style = 'medium') {
  if (!iso) return ''
  return format(`instant ${style}`, () => new Intl.DateTimeFormat(locale, {dateStyle: style, timeStyle: 'short', timeZone: zone})).format(new Date(iso))
}

// "3 hours ago", for what is of today and yesterday; else the day.
export function ago(iso) {
  if (!iso) return ''
  const minutes = Math.round((new Date(iso) - Date.now()) / 60000)
  const f = format('ago', () => new Intl.RelativeTimeFormat(locale, {numeric: 'auto'}))
  if (Math.abs(minutes) < 60) return f.format(minutes, 'minute')
  return Math.abs(minutes) < 36 * 60 ? f.format(Math.round(minutes / 60), 'hour') : instant(iso)
}

// What sorts texts as people of this language do.
export const compare = (a, b) => format('compare', () => new Intl.Collator(locale, {numeric: true, sensitivity: 'base'})).compare(a, b)
