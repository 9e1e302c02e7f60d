// The tests that stand beside a policy: run, and of each that failed what differed, day by day.
import {html, Table, Badge, Button, Empty, Day, t, plural} from './base.js'
import {JobState, useJob} from './policy_job.js'

const IS = {'as expected': '', 'not happened': 'bad', unexpected: 'warn', another: 'bad'}

function Timeline({test}) {
  return html`<${Table} rows=${test.rows} id=${r => r.day + r.expected + r.happened} label=${test.name} columns=${[
    {key: 'day', name: t('policy.day'), head: true, cell: r => html`<${Day} value=${r.day} />`},
    {key: 'expected', name: t('policy.expected'), cell: r => html`<code>${r.expected}</code>`},
    {key: 'happened', name: t('policy.happened'), cell: r => html`<code>${r.happened}</code>`},
    {key: 'is', name: t('policy.compared'), cell: r => html`<${Badge} kind=${IS[r.is]}>${t('policy.is.' + r.is)}<//>`}]} />`
}

function Test({test}) {
  return html`<details class="panel" open=${!test.passed}><summary><${Badge} kind=${test.passed ? 'good' : 'bad'}>${t(test.passed ? 'policy.passed' : 'policy.failed')}<//>
      <strong>${test.name || `${test.path}:${test.line}`}</strong> <span class="muted">${test.path}:${test.line}</span></summary>
    ${test.error ? html`<p class="bad">${test.error}</p>` : html`<${Timeline} test=${test} />`}</details>`
}

// `body`: which text is tried, where it is not the one on disk.
export function Tests({policy, body}) {
  const job = useJob(`test:${policy.name}`)
  const run = () => job.start(`/api/policies/${encodeURIComponent(policy.name)}/test`, body || {})
  const r = job.result
  return html`<div class="stack"><div class="row"><${Button} kind="primary" off=${job.working} run=${run}>${t('policy.run_tests')}<//>
      ${r && html`<span role="status">${plural('policy.count_passed', r.passed)}, ${plural('policy.count_failed', r.failed)}</span>`}</div>
    <${JobState} job=${job} />
    ${r && r.tests.length === 0 && html`<${Empty} title=${t('policy.no_tests')}>${t('policy.no_tests.how')}<//>`}
    ${r?.tests.map((x, i) => html`<${Test} key=${i} test=${x} />`)}</div>`
}
