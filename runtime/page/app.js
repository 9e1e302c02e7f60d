// The shell: who is here, in which language, and the page of the address, loaded when it is opened.
import {html, render} from './parts_html.js'
import {useEffect, useState} from './lib_hooks.js'
import {api, changed, listen, setCsrf, useData} from './parts_net.js'
import {browserLanguage, setLanguage, setZone, t, words} from './parts_words.js'
import {Around, PageHead, may} from './parts_page.js'
import {Busy, Empty, Failure, Toasts} from './parts_show.js'
import {fit, go, startRouter, useHere} from './parts_route.js'
import {Connection, Keys, Side, Top, theme, useKeys} from './shell.js'
import {ROUTES} from './routes.js'

function routeOf(path) {
  for (const [pattern, area, role] of ROUTES) {
    const params = fit(pattern, path)
    if (params) return {pattern, area, role, params}
  }
  return null
}

const styled = new Set()
// Its rules are there before it is shown; an area without rules of its own has no such file.
function styles(module) {
  if (!module.styled || styled.has(module.area)) return undefined
  styled.add(module.area)
  return new Promise(done => {
    const link = Object.assign(document.createElement('link'), {rel: 'stylesheet', href: new URL(`./style_${module.area}.css`, import.meta.url).href, onload: done, onerror: done})
    document.head.append(link)
  })
}

async function load(area) {
  const module = await import(`./page_${area}.js`)
  await Promise.all([words(module.area), ...(module.areas || []).map(words), styles(module)])
  return module
}

function usePage(area) {
  const [page, set] = useState({})
  useEffect(() => {
    if (!area) return
    load(area).then(module => set({area, Page: module.default}), error => set({area, error}))
  }, [area])
  return page.area === area ? page : {}
}

const NotThere = () => html`<${PageHead} title=${t('not_there')} /><${Empty} title=${t('not_there.title')}><a href="/">${t('not_there.back')}</a><//>`
const NotAllowed = () => html`<${PageHead} title=${t('not_allowed')} /><${Empty} title=${t('not_allowed.title')}><a href="/">${t('not_there.back')}</a><//>`

// Another page: its heading gets the focus, so that a screen reader says where one is.
function useFocus(path, ready) {
  useEffect(() => {
    if (!ready || useFocus.last === undefined) { if (ready) useFocus.last = path; return }
    if (useFocus.last === path) return
    useFocus.last = path
    const heading = document.querySelector('main h1') || document.querySelector('main')
    heading?.focus({preventScroll: true})
  }, [path, ready])
}

function Content({me, path, query}) {
  const route = routeOf(path)
  const allowed = route && may(me, route.role)
  const {Page, error} = usePage(allowed ? route.area : null)
  useFocus(path, !route || !allowed || !!Page)
  if (!route) return html`<${NotThere} />`
  if (!allowed) return html`<${NotAllowed} />`
  if (error) return html`<${Failure} error=${{message: t('failed.page')}} retry=${() => location.reload()} />`
  return Page ? html`<${Page} key=${path} params=${route.params} query=${query} me=${me} />` : html`<${Busy} />`
}

function App({me, onLanguage}) {
  const {path, query} = useHere()
  const [help, setHelp] = useState(false)
  const shell = useData('/api/shell', undefined, ['pause', 'policy']).data
  useKeys(() => setHelp(true))
  useEffect(() => { if (shell) setZone(shell.timezone) }, [shell?.timezone])
  return html`<${Around.Provider} value=${{me, shell}}>
    <a class="skip" href="#content">${t('skip')}</a>
    <${Connection} />
    <div class="frame"><${Top} me=${me} shell=${shell} onLanguage=${onLanguage} onHelp=${() => setHelp(true)} />
      <${Side} me=${me} path=${path} />
      <main id="content" tabindex="-1"><${Content} me=${me} path=${path} query=${query} /></main></div>
    ${help && html`<${Keys} onClose=${() => setHelp(false)} />`}<${Toasts} />
  <//>`
}

// Before anybody has logged in: the page alone.
function Alone({Page, params, query}) {
  return html`<${Around.Provider} value=${{me: null, shell: null}}><${Connection} /><div class="frame"><${Top} /><main class="alone" id="content" tabindex="-1">
    <${Page} params=${params} query=${query} me=${null} /></main></div><${Toasts} /><//>`
}

async function showAlone(area, params) {
  await setLanguage(browserLanguage())
  await words('shell')
  const module = await load(area)
  const query = Object.fromEntries(new URLSearchParams(location.search))
  render(html`<${Alone} Page=${module.default} params=${params} query=${query} />`, document.body)
}

async function show(me) {
  const draw = () => render(html`<${App} me=${me} onLanguage=${choose} />`, document.body)
  async function choose(lang) {
    await api.post('/api/me', {lang}).catch(() => {})
    await setLanguage(lang)
    render(null, document.body)
    draw()
    changed(['*'])
  }
  await setLanguage(me.lang || browserLanguage())
  await words('shell')
  draw()
  listen()
}

const ALONE = {login: 'login', welcome: 'login'}
async function begin() {
  theme()
  startRouter()
  const first = location.pathname.split('/')[1]
  if (ALONE[first]) return showAlone(ALONE[first], {way: first})
  try {
    const {person, csrf, lang} = await api.get('/api/me')
    setCsrf(csrf)
    return await show({...person, lang})
  } catch (e) {
    if (e.status === 401) {
      const back = location.pathname + location.search
      return location.replace(back === '/' ? '/login' : '/login?next=' + encodeURIComponent(back))
    }
    if (e.code !== 'away') throw e
    return setTimeout(begin, 1000)
  }
}
begin()
