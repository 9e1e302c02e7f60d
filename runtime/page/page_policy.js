// One policy: what it says, since when, its revisions, its tests, what the coming days would bring, and its text to edit.
import {html, useData, Loaded, PageHead, Tabs, Badge, Notice, may, t, useQuery} from './base.js'
import {Says} from './policy_says.js'
import {Revisions} from './policy_revisions.js'
import {Tests} from './policy_tests.js'
import {Simulate} from './policy_simulate.js'
import {Edit} from './policy_edit.js'

export const area = 'policies'
export const styled = true

function Head({policy}) {
  const badge = policy.in_force ? html`<${Badge} kind="good">${t('policies.in_force')}<//>` : html`<${Badge}>${t('policies.beside')}<//>`
  return html`<${PageHead} title=${policy.title || policy.name} badge=${badge} sub=${html`<code>${policy.path}</code>`} />`
}

export default function Policy({params, me}) {
  const [query, set] = useQuery()
  const policy = useData('/api/policies/' + encodeURIComponent(params.id), undefined, ['policy'])
  const tabs = data => [
    {key: 'says', name: t('policy.tab.says'), content: () => html`<${Says} policy=${data} />`},
    {key: 'revisions', name: t('policy.tab.revisions'), content: () => html`<${Revisions} policy=${data} query=${query} set=${set} />`},
    {key: 'tests', name: t('policy.tab.tests'), content: () => html`<${Tests} policy=${data} />`},
    {key: 'simulate', name: t('policy.tab.simulate'), content: () => html`<${Simulate} policy=${data} />`},
    may(me, 'operator') && {key: 'edit', name: t('policy.tab.edit'), content: () => html`<${Edit} policy=${data} me=${me} query=${query} set=${set} />`},
  ].filter(Boolean)
  return html`<${Loaded} of=${policy}>${data => html`<${Head} policy=${data} />
    ${data.in_force && data.served === false && html`<${Notice} kind="warn">${t('policy.not_served')}<//>`}
    ${!data.reads && html`<${Notice} kind="bad"><pre>${data.trouble}</pre><//>`}
    <${Tabs} label=${data.title || data.name} tabs=${tabs(data)} at=${query.tab} onTab=${tab => set({tab})} />`}<//>`
}
