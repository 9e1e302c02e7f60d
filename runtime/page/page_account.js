// One's own account: name, language, password, where one is logged in.
import {html, api, t, toast, Badge, Button, Field, Instant, Loaded, LANGUAGES, PageHead, Table, useData, useForm} from './base.js'

export const area = 'account'

function Own({person, lang}) {
  const f = useForm({name: person.name, lang}, async v => {
    await api.post('/api/me', v)
    location.reload() // every word of the page, in the language that was chosen
  })
  return html`<section class="panel" aria-labelledby="own"><h2 id="own">${t('account.own')}</h2>
    <dl class="facts"><dt>${t('account.login')}</dt><dd>${person.login}</dd><dt>${t('account.role')}</dt><dd>${t(`role.${person.role}`)}</dd>
      ${person.email && html`<dt>${t('account.email')}</dt><dd>${person.email}</dd>`}</dl>
    <form class="form" onSubmit=${f.submit}>
      <${Field} ...${f.field('name')} label=${t('account.name')} autocomplete="name" required />
      <${Field} ...${f.field('lang')} label=${t('account.language')} type="select" options=${Object.entries(LANGUAGES)} />
      ${f.problem}<${Button} type="submit" kind="primary" busy=${f.busy}>${t('save')}<//>
    </form></section>`
}

function Password({person, done}) {
  const f = useForm({old: '', new: '', again: ''}, async ({again, ...v}) => {
    if (v.new !== again) throw Object.assign(new Error(t('account.differ')), {field: 'again'})
    await api.post('/api/me/password', v)
    f.set({old: '', new: '', again: ''})
    toast(t('account.password.done'))
    done()
  })
  return html`<section class="panel" aria-labelledby="password"><h2 id="password">${t('account.password')}</h2>
    <form class="form" onSubmit=${f.submit}>
      <input type="hidden" name="username" autocomplete="username" value=${person.login} />
      <${Field} ...${f.field('old')} label=${t('account.old')} type="password" autocomplete="current-password" required />
      <${Field} ...${f.field('new')} label=${t('account.new')} hint=${t('account.new.hint')} type="password" autocomplete="new-password" required />
      <${Field} ...${f.field('again')} label=${t('account.again')} type="password" autocomplete="new-password" required />
      ${f.problem}<${Button} type="submit" busy=${f.busy}>${t('account.password.set')}<//>
    </form></section>`
}

function Sessions({list}) {
  const end = async body => {
    await api.post('/api/me/sessions/end', body)
    list.reload()
  }
  const columns = [
    {key: 'browser', name: t('account.browser'), head: true, cell: s => html`${s.browser || t('account.browser.none')} ${s.this && html`<${Badge} kind="info">${t('account.this')}<//>`}`},
    {key: 'way', name: t('account.way'), cell: s => t(`account.way.${s.way}`)},
    {key: 'since', name: t('account.since'), cell: s => html`<${Instant} value=${s.since} />`},
    {key: 'ends', name: t('account.ends'), cell: s => html`<${Instant} value=${s.ends} />`},
  ]
  return html`<section class="panel" aria-labelledby="sessions"><div class="row between"><h2 id="sessions">${t('account.sessions')}</h2>
      <${Button} run=${() => end({others: true})}>${t('account.end.others')}<//></div>
    <${Loaded} of=${list} lines=${2}>${d => html`<${Table} rows=${d.rows} columns=${columns} label=${t('account.sessions')}
      act=${s => !s.this && html`<${Button} kind="small" run=${() => end({id: s.id})}>${t('account.end')}<//>`} />`}<//></section>`
}

export default function Page() {
  const own = useData('/api/me')
  const sessions = useData('/api/me/sessions')
  return html`<${PageHead} title=${t('account.title')} /><div class="stack">
    <${Loaded} of=${own}>${d => html`<div class="columns"><${Own} person=${d.person} lang=${d.lang} />${d.person.password && html`<${Password} person=${d.person} done=${sessions.reload} />`}</div>`}<//>
    <${Sessions} list=${sessions} /></div>`
}
