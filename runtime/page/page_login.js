// Logging in, and what a one-time link opens: the first person, an invitation, a lost password.
import {html, api, t, instant, Button, Empty, Field, Loaded, Notice, PageHead, useData, useEffect, useForm, useState} from './base.js'

export const area = 'login'
export const styled = true

// A page of ours, never another site's.
const place = next => (next && /^\/[^/\\]/.test(next) ? next : '/')

function ByPassword({next}) {
  const f = useForm({login: '', password: ''}, async v => {
    await api.post('/api/login', v)
    location.replace(place(next))
  })
  return html`<form class="form" onSubmit=${f.submit}>
    <${Field} ...${f.field('login')} label=${t('login.login')} autocomplete="username" autocapitalize="none" spellcheck=${false} required autofocus />
    <${Field} ...${f.field('password')} label=${t('login.password')} type="password" autocomplete="current-password" required />
    ${f.problem}
    <${Button} type="submit" kind="primary" busy=${f.busy}>${t('login.do')}<//>
  </form>`
}

const WHY = ['unknown', 'refused', 'away', 'stale', 'disabled']
function Login({query}) {
  const ways = useData('/api/login')
  return html`<${PageHead} title=${t('login.title')} />
    ${query.failed && html`<${Notice} kind="bad">${t(`login.oidc.${WHY.includes(query.failed) ? query.failed : 'refused'}`)}<//>`}
    <${Loaded} of=${ways} lines=${3}>${w => html`
      ${w.first && html`<${Notice} kind="info">${t('login.first')}<//>`}
      <${ByPassword} next=${query.next} />
      ${w.provider !== null && html`<p class="login-or">${t('login.or')}</p>
        <a class="button" href=${api.address('/api/login/oidc', {next: place(query.next)})}>${w.provider ? t('login.provider', w.provider) : t('login.provider.plain')}</a>`}
      <p class="muted small">${t('login.lost')}</p>`}<//>`
}

// ---- one-time links ----

function Set({token, link}) {
  const f = useForm({login: '', name: link.name, password: '', again: ''}, async ({again, ...v}) => {
    if (v.password !== again) throw Object.assign(new Error(t('login.differ')), {field: 'again'})
    await api.post('/api/links/use', {token, ...v})
    location.replace('/')
  })
  return html`<form class="form" onSubmit=${f.submit}>
    ${link.first ? html`<${Field} ...${f.field('login')} label=${t('login.login')} hint=${t('login.login.hint')} autocomplete="username" autocapitalize="none" spellcheck=${false} required />`
      : html`<p>${t('login.is')} <strong>${link.login}</strong> <input type="hidden" name="username" autocomplete="username" value=${link.login} /></p>`}
    <${Field} ...${f.field('name')} label=${t('login.name')} autocomplete="name" required />
    <${Field} ...${f.field('password')} label=${t('login.new')} hint=${t('login.new.hint')} type="password" autocomplete="new-password" required />
    <${Field} ...${f.field('again')} label=${t('login.again')} type="password" autocomplete="new-password" required />
    ${f.problem}
    <${Button} type="submit" kind="primary" busy=${f.busy}>${t('login.set')}<//>
    <p class="muted small">${t('login.ends', instant(link.ends))}</p>
  </form>`
}

function Welcome() {
  const [token] = useState(() => location.hash.slice(1))
  const [link, setLink] = useState(null)
  const [error, setError] = useState(null)
  useEffect(() => {
    history.replaceState(null, '', location.pathname) // nobody reads it over a shoulder, or in the history
    api.post('/api/links/look', {token}).then(setLink, setError)
  }, [])
  const title = t(!link || link.known ? 'login.link' : link.first ? 'login.welcome.first' : 'login.welcome')
  return html`<${PageHead} title=${title} sub=${link?.first && t('login.welcome.sub')} />
    ${error && html`<${Empty} title=${t('login.link.no')}>${error.message}<p><a href="/login" target="_self">${t('login.title')}</a></p><//>`}
    ${link && html`<${Set} token=${token} link=${link} />`}`
}

export default function Page({params, query}) {
  return html`<div class="panel login">${params.way === 'welcome' ? html`<${Welcome} />` : html`<${Login} query=${query} />`}</div>`
}
