// Saving: a branch, a message; then how the branch is brought in, which is git's own matter, and what it would change.
import {html, api, useForm, Dialog, Field, Button, Notice, t} from './base.js'

const short = (branch, me) => branch.startsWith(`dun/${me.login}/`) ? branch.slice(me.login.length + 5) : branch.replace(/^dun\/[^/]*\//, '')

export function Save({policy, me, state, file, compiles, onClose, onSaved}) {
  const f = useForm({branch: state.branch ? short(state.branch, me) : policy.name, message: '', draft: false}, async v => {
    const same = state.branch && v.branch === short(state.branch, me)
    onSaved(await api.post(`/api/policies/${encodeURIComponent(policy.name)}/save`,
      {text: state.text, file, base: state.base, tip: same ? state.tip : '', branch: v.branch, message: v.message, draft: v.draft}))
  })
  return html`<${Dialog} title=${t('edit.save.title')} onClose=${onClose}>
    <form class="form" onSubmit=${f.submit}>
      <p>${t('edit.save.what')}</p>
      <${Field} ...${f.field('branch')} label=${t('edit.save.branch')} hint=${t('edit.save.branch_is', `dun/${me.login}/`)} />
      <${Field} ...${f.field('message')} type="textarea" label=${t('edit.save.message')} hint=${t('edit.save.message_hint')} required />
      ${!compiles && html`<${Field} ...${f.field('draft')} type="checkbox" label=${t('edit.save.draft')} hint=${t('edit.save.draft_hint')} />`}
      ${f.problem}<div class="row"><${Button} type="submit" kind="primary" busy=${f.busy}>${t('edit.save')}<//><${Button} run=${onClose}>${t('cancel')}<//></div>
    </form><//>`
}

export function Saved({policy, saved}) {
  const compare = `/policies/${encodeURIComponent(policy.name)}?tab=revisions&compare=1&from=${saved.base}&to=${encodeURIComponent(saved.branch)}`
  return html`<${Notice} kind="good"><p><strong>${t('edit.saved', saved.branch, saved.revision.slice(0, 7))}</strong> <a href=${compare}>${t('edit.see_effect')}</a></p>
    <p>${t('edit.bring_in', saved.onto || 'HEAD')}</p><pre class="policy-text" tabindex="0">${saved.commands.join('\n')}</pre>
    <p>${t('edit.or_push')}</p><pre class="policy-text" tabindex="0">${saved.push}</pre><p class="muted">${t('edit.four_eyes')}</p><//>`
}
