// The policies of the project: the one in force first.
import {html, useData, Loaded, PageHead, Table, Badge, t, go, number} from './base.js'

export const area = 'policies'
export const styled = true

const state = p => p.in_force ? html`<${Badge} kind="good">${t('policies.in_force')}<//>`
  : p.reads ? html`<${Badge}>${t('policies.beside')}<//>` : html`<${Badge} kind="bad">${t('policies.with_errors')}<//>`

export default function Policies() {
  const list = useData('/api/policies', undefined, ['policy'])
  const columns = [
    {key: 'title', name: t('policies.policy'), head: true, cell: p => html`<a href=${'/policies/' + encodeURIComponent(p.name)}>${p.title}</a>`},
    {key: 'state', name: t('policies.state'), cell: state},
    {key: 'path', name: t('policies.file'), cell: p => html`<code>${p.path}</code>`},
    {key: 'tests', name: t('policies.tests'), right: true, cell: p => number(p.tests)},
    {key: 'guarantees', name: t('policies.guarantees'), right: true, cell: p => number(p.guarantees)},
  ]
  return html`<${PageHead} title=${t('policies.title')} sub=${t('policies.sub')} />
    <${Loaded} of=${list}>${data => html`<${Table} rows=${data.rows} label=${t('policies.title')} id=${p => p.name}
      open=${p => go('/policies/' + encodeURIComponent(p.name))} columns=${columns} />`}<//>`
}
