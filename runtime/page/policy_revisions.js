// The revisions of a policy as git has them: which, by whom; the text of one; two of them compared, with their effect.
import {html, useState, useEffect, useData, useRows, Table, Pager, Button, Badge, Dialog, Field, Busy, Failure, Loaded, Notice, Instant, t} from './base.js'
import {JobState, useJob} from './policy_job.js'
import {Diff} from './policy_diff.js'

const DISK = '' // the files on disk

function Text({policy, revision, onClose}) {
  const said = useData(`/api/policies/${encodeURIComponent(policy.name)}/text`, {rev: revision.id})
  return html`<${Dialog} wide title=${`${revision.id.slice(0, 7)} ${revision.title}`} onClose=${onClose}>
    <${Loaded} of=${said}>${d => html`<pre class="policy-text" tabindex="0">${d.text}</pre>`}<//><//>`
}

function Compare({policy, revisions, branches, query, set}) {
  const path = `/api/policies/${encodeURIComponent(policy.name)}/diff`
  const job = useJob(`diff:${policy.name}`)
  const named = [...branches.map(b => [b.branch, `${b.branch} (${b.id.slice(0, 7)})`]), ...revisions.map(r => [r.id, `${r.id.slice(0, 7)} ${r.title}`])]
  const [from, setFrom] = useState(query.from || revisions[0]?.id || 'HEAD')
  const [to, setTo] = useState(query.to ?? DISK)
  const run = () => { set({from, to}); return job.start(path, {from, to, days: 30}) }
  useEffect(() => { if (query.compare) { set({compare: undefined}); run().catch(() => {}) } }, [])
  return html`<section class="panel stack"><h2>${t('policy.compare')}</h2>
    <div class="filters"><${Field} label=${t('policy.compare.from')} type="select" value=${from} onChange=${setFrom} options=${named} />
      <${Field} label=${t('policy.compare.to')} type="select" value=${to} onChange=${setTo} options=${[[DISK, t('policy.on_disk')], ...named]} />
      <${Button} kind="primary" off=${job.working} run=${run}>${t('policy.compare.run')}<//></div>
    <${JobState} job=${job} />${job.result && html`<${Diff} result=${job.result} />`}</section>`
}

function List({list, open}) {
  return html`<section class="panel"><h2>${t('policy.revisions')}</h2>
    <${Table} rows=${list.rows} label=${t('policy.revisions')} open=${open} columns=${[
      {key: 'title', name: t('policy.revision.title'), head: true},
      {key: 'author', name: t('policy.revision.author')},
      {key: 'at', name: t('policy.revision.at'), cell: r => html`<${Instant} value=${r.at} />`},
      {key: 'id', name: t('policy.revision.id'), cell: r => html`<code>${r.id.slice(0, 7)}</code>`}]} /><${Pager} list=${list} /></section>`
}

function Branches({rows, onto, open}) {
  if (!rows.length) return null
  return html`<section class="panel"><h2>${t('policy.branches')}</h2><p class="muted">${t('policy.branches.what', onto || 'HEAD')}</p>
    <${Table} rows=${rows} id=${r => r.branch} label=${t('policy.branches')} open=${open} columns=${[
      {key: 'branch', name: t('policy.branch'), head: true, cell: r => html`<code>${r.branch}</code> ${r.merged && html`<${Badge} kind="good">${t('policy.merged')}<//>`}`},
      {key: 'title', name: t('policy.revision.title')}, {key: 'author', name: t('policy.revision.author')},
      {key: 'at', name: t('policy.revision.at'), cell: r => html`<${Instant} value=${r.at} />`}]} /></section>`
}

export function Revisions({policy, query, set}) {
  const [shown, show] = useState(null)
  const path = `/api/policies/${encodeURIComponent(policy.name)}`
  const list = useRows(policy.git.there && path + '/revisions')
  const branches = useData(policy.git.there && path + '/branches')
  if (!policy.git.there) return html`<${Notice} kind="info"><p>${t('policy.no_git')}</p><p class="muted">${policy.git.says}</p><//>`
  if (!list.rows || !branches.data) return list.error || branches.error ? html`<${Failure} error=${list.error || branches.error} retry=${list.reload} />` : html`<${Busy} />`
  return html`<div class="stack"><${Branches} rows=${branches.data.rows} onto=${branches.data.onto} open=${show} />
    <${List} list=${list} open=${show} />
    <${Compare} policy=${policy} revisions=${list.rows} branches=${branches.data.rows} query=${query} set=${set} />
    ${shown && html`<${Text} policy=${policy} revision=${shown} onClose=${() => show(null)} />`}</div>`
}
