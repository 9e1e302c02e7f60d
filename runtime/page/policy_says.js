// What a policy says: its ladders as pictures, every sentence, its files, what it guarantees, and since when it is in force.
import {html, useState, useEffect, api, Table, Badge, Button, Notice, Empty, Instant, Day, Person, t, number} from './base.js'
import {JobState, useJob} from './policy_job.js'

// The page's own light or dark; empty: the system's.
function useTheme() {
  const read = () => document.documentElement.dataset.theme || ''
  const [theme, set] = useState(read)
  useEffect(() => {
    const watch = new MutationObserver(() => set(read()))
    watch.observe(document.documentElement, {attributeFilter: ['data-theme']})
    return () => watch.disconnect()
  }, [])
  return theme
}

function Picture({policy, track}) {
  const theme = useTheme()
  const address = api.address(`/api/policies/${encodeURIComponent(policy.name)}/picture.svg`, {track: track.track, theme, rev: policy.revision})
  return html`<figure class="panel ladder-picture">
    <div class="ladder-scroll" tabindex="0" role="group" aria-label=${track.name}><img src=${address} alt=${`${track.name}: ${track.says}`} loading="lazy" width="960" /></div>
  </figure>`
}

function paragraphs(prose) {
  const out = []
  let list = null
  prose.forEach((b, i) => {
    const says = [b.lead && html`<strong>${b.lead}: </strong>`, b.text]
    if (b.kind === 'item') {
      if (!list) out.push(html`<ul key=${i}>${list = []}</ul>`)
      list.push(html`<li key=${i}>${says}</li>`)
      return
    }
    list = null
    if (b.kind === 'heading') out.push(html`<h3 key=${i}>${says}</h3>`)
    else if (b.kind === 'text') out.push(html`<p key=${i}>${says}</p>`)
  })
  return out
}

const VERDICT = {proven: 'good', 'holds in all cases tried': 'good', broken: 'bad', 'not analysed': 'warn', untried: ''}

function Guarantees({policy}) {
  const job = useJob(`prove:${policy.name}`)
  const rows = job.result?.guarantees || policy.guarantees
  return html`<section class="panel"><div class="row between"><h2>${t('policy.guarantees')}</h2>
      <${Button} kind="small" off=${job.working} run=${() => job.start(`/api/policies/${encodeURIComponent(policy.name)}/prove`, {rev: policy.revision})}>${t('policy.prove')}<//></div>
    <${JobState} job=${job} />
    <ul class="plain stack">${rows.map(g => html`<li key=${g.line + g.says}><div class="row"><${Badge} kind=${VERDICT[g.verdict]}>${t('policy.verdict.' + g.verdict)}<//> <code>${g.says}</code></div>
      ${g.why && html`<div class="muted">${g.why}</div>`}${g.given && html`<pre>${g.given}${g.steps}</pre>`}</li>`)}</ul></section>`
}

const since = r => html`<${Day} value=${r.on} /> ${r.now && html`<${Badge} kind="good">${t('policy.now')}<//>`}`
const approvers = r => r.approved.length ? r.approved.map((a, i) => html`<div key=${i}><${Person} who=${a.by} />${a.second && html` <${Person} who=${a.second} />`} <${Instant} value=${a.at} /></div>`)
  : html`<span class="muted">${t('policy.no_approval')}</span>`

function TookEffect({rows}) {
  return html`<section class="panel"><h2>${t('policy.took_effect')}</h2>
    <${Table} rows=${rows} label=${t('policy.took_effect')} empty=${t('policy.never_ran')} columns=${[
      {key: 'on', name: t('policy.since'), head: true, cell: since},
      {key: 'at', name: t('policy.first_run'), cell: r => html`<${Instant} value=${r.at} />`},
      {key: 'hash', name: t('policy.fingerprint'), cell: r => html`<code>${r.hash.slice(0, 12)}</code>`},
      {key: 'approved', name: t('policy.approved_by'), cell: approvers}]} /></section>`
}

function Files({policy}) {
  return html`<section class="panel"><h2>${t('policy.files')}</h2><ul class="plain">${policy.files.map(f =>
    html`<li key=${f.file}><a href=${`/policies/${encodeURIComponent(policy.name)}?tab=edit&file=${f.file}`}><code>${f.path}</code></a> <span class="muted">${t('policy.lines', number(f.lines))}</span></li>`)}</ul></section>`
}

function Git({git}) {
  if (!git.there) return html`<${Notice} kind="info"><p>${t('policy.no_git')}</p><p class="muted">${git.says}</p><//>`
  return git.changed ? html`<${Notice} kind="warn">${t('policy.changed_on_disk', git.branch || git.head.slice(0, 7))}<//>` : null
}

export function Says({policy}) {
  if (!policy.reads) return html`<${Files} policy=${policy} /><${Empty}>${t('policy.nothing_to_say')}<//>`
  return html`<div class="stack"><${Git} git=${policy.git} />
    ${policy.pictures.map(p => html`<${Picture} key=${p.track} policy=${policy} track=${p} />`)}
    <section class="panel told"><h2>${t('policy.in_words')}</h2>${paragraphs(policy.prose)}</section>
    ${policy.guarantees.length > 0 && html`<${Guarantees} policy=${policy} />`}
    ${policy.took_effect && html`<${TookEffect} rows=${policy.took_effect} />`}
    <${Files} policy=${policy} /></div>`
}
