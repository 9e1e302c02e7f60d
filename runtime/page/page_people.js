// People, for an administrator: who may come in, and what they may do.
import {html, api, t, toast, forgetPeople, Badge, Button, Confirm, Dialog, Field, Instant, Loaded, Menu, PageHead, Pager, Table, useForm, useRows, useState} from './base.js'

export const area = 'people'

const ROLES = ['viewer', 'operator', 'approver', 'admin']
const STATES = {active: 'good', invited: 'info', disabled: ''}
const roles = () => ROLES.map(r => [r, t(`role.${r}`)])

// Shown once: the server has a hash of it alone.
function Link({link, login, onClose}) {
  const copy = async () => {
    await navigator.clipboard.writeText(link.url)
    toast(t('people.copied'))
  }
  return html`<${Dialog} title=${t('people.link.for', login)} onClose=${onClose} foot=${html`<${Button} run=${copy}>${t('people.copy')}<//><${Button} kind="primary" run=${onClose}>${t('close')}<//>`}>
    <p>${t('people.link.once')}</p>
    <${Field} label=${t('people.link')} value=${link.url} readonly onFocus=${e => e.target.select()} />
    <p class="muted">${t('people.link.ends')} <${Instant} value=${link.ends} /></p><//>`
}

function Invite({onClose, onLink}) {
  const f = useForm({login: '', name: '', email: '', role: 'viewer'}, async v => onLink(await api.post('/api/people', v)))
  return html`<${Dialog} title=${t('people.invite')} onClose=${onClose} foot=${html`<${Button} run=${onClose}>${t('cancel')}<//><${Button} kind="primary" type="submit" form="invite" busy=${f.busy}>${t('people.invite.do')}<//>`}>
    <form id="invite" class="form" onSubmit=${f.submit}>
      <${Field} ...${f.field('login')} label=${t('people.login')} hint=${t('people.login.hint')} autocapitalize="none" autocomplete="off" spellcheck=${false} required />
      <${Field} ...${f.field('name')} label=${t('people.name')} autocomplete="off" />
      <${Field} ...${f.field('email')} label=${t('people.email')} hint=${t('people.email.hint')} type="email" autocomplete="off" />
      <${Field} ...${f.field('role')} label=${t('people.role')} type="select" options=${roles()} hint=${t(`role.${f.values.role}.may`)} />
      ${f.problem}
    </form><//>`
}

function Change({person, onClose, onDone}) {
  const f = useForm({name: person.name, email: person.email, role: person.role, subject: person.subject}, async ({subject, ...v}) => {
    const body = subject === person.subject ? v : {...v, subject}
    await api.post(`/api/people/${person.id}`, {...body, version: person.version})
    onDone()
  })
  return html`<${Dialog} title=${t('people.change.of', person.login)} onClose=${onClose} foot=${html`<${Button} run=${onClose}>${t('cancel')}<//><${Button} kind="primary" type="submit" form="change" busy=${f.busy}>${t('save')}<//>`}>
    <form id="change" class="form" onSubmit=${f.submit}>
      <${Field} ...${f.field('name')} label=${t('people.name')} autocomplete="off" />
      <${Field} ...${f.field('email')} label=${t('people.email')} type="email" autocomplete="off" />
      <${Field} ...${f.field('role')} label=${t('people.role')} type="select" options=${roles()} hint=${t(`role.${f.values.role}.may`)} />
      <${Field} ...${f.field('subject')} label=${t('people.subject')} hint=${t('people.subject.hint')} autocomplete="off" spellcheck=${false} />
      ${f.problem}
    </form><//>`
}

function Disable({person, onClose, onDone}) {
  const run = async () => {
    await api.post(`/api/people/${person.id}`, {version: person.version, disabled: true})
    onDone()
  }
  return html`<${Confirm} title=${t('people.disable.of', person.login)} action=${t('people.disable')} kind="danger" run=${run} onClose=${onClose}><p>${t('people.disable.words')}</p><//>`
}

function Actions({person, open, reload}) {
  const link = async () => open({link: (await api.post(`/api/people/${person.id}/link`)).link, login: person.login})
  const enable = async () => {
    await api.post(`/api/people/${person.id}`, {version: person.version, disabled: false})
    reload()
  }
  const fail = e => toast(e.message, {kind: 'bad'})
  return html`<${Menu} label=${t('people.actions', person.login)} kind="quiet small" items=${[
    {name: t('people.change'), run: () => open({change: person})},
    person.state !== 'disabled' && {name: t('people.link.make'), run: () => link().catch(fail)},
    person.state === 'disabled' ? {name: t('people.enable'), run: () => enable().catch(fail)} : {name: t('people.disable'), danger: true, run: () => open({disable: person})}]}>⋯<//>`
}

export default function Page() {
  const list = useRows('/api/people')
  const [shown, open] = useState({})
  const close = () => open({})
  const done = () => {
    forgetPeople()
    close()
    list.reload()
  }
  const columns = [
    {key: 'login', name: t('people.login'), head: true},
    {key: 'name', name: t('people.name')},
    {key: 'email', name: t('people.email')},
    {key: 'role', name: t('people.role'), cell: p => t(`role.${p.role}`)},
    {key: 'state', name: t('people.state'), cell: p => html`<${Badge} kind=${STATES[p.state]}>${t(`people.state.${p.state}`)}<//>`},
    {key: 'seen', name: t('people.seen'), cell: p => html`<${Instant} value=${p.seen} />`},
  ]
  return html`<${PageHead} title=${t('people.title')} actions=${html`<${Button} kind="primary" run=${() => open({invite: true})}>${t('people.invite')}<//>`} />
    <${Loaded} of=${list}>${() => html`<${Table} rows=${list.rows} columns=${columns} label=${t('people.title')} act=${p => html`<${Actions} person=${p} open=${open} reload=${done} />`} />
      <${Pager} list=${list} />`}<//>
    ${shown.invite && html`<${Invite} onClose=${close} onLink=${a => { done(); open({link: a.link, login: a.person.login}) }} />`}
    ${shown.link && html`<${Link} link=${shown.link} login=${shown.login} onClose=${close} />`}
    ${shown.change && html`<${Change} person=${shown.change} onClose=${close} onDone=${done} />`}
    ${shown.disable && html`<${Disable} person=${shown.disable} onClose=${close} onDone=${done} />`}`
}
