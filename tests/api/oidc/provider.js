// A certified OpenID provider (npm's oidc-provider) on loopback: node provider.js PORT REDIRECT_URI ALGORITHM. Whoever logs in as NAME is
// NAME@example.com; verified, but for who is called unverified. Says "ready".
import {generateKeyPairSync} from 'node:crypto'
import {createRequire} from 'node:module'
import {pathToFileURL} from 'node:url'

const require = createRequire(process.env.OIDC_TOOLS + '/package.json')
const {Provider} = await import(pathToFileURL(require.resolve('oidc-provider')).href)
const [port, redirect, alg] = process.argv.slice(2)

const key = (type, options, use) => ({...generateKeyPairSync(type, options).privateKey.export({format: 'jwk'}), use: 'sig', alg: use, kid: `${use}-1`})
const keys = [key('rsa', {modulusLength: 2048}, 'RS256'), key('ec', {namedCurve: 'P-256'}, 'ES256')]

const provider = new Provider(`http://127.0.0.1:${port}`, {
  clients: [{client_id: 'dun', client_secret: 'a secret: 50% + more/than=enough', redirect_uris: [redirect], id_token_signed_response_alg: alg}],
  jwks: {keys},
  claims: {openid: ['sub'], email: ['email', 'email_verified'], profile: ['name']},
  // The strict one: e-mail only from /me; the other way, as Google and Microsoft do, with ES256.
  conformIdTokenClaims: alg === 'RS256',
  pkce: {required: () => true},
  cookies: {keys: ['tests']},
  findAccount: (ctx, id) => ({accountId: id, claims: () => ({sub: id, name: `The ${id}`, email: `${id}@example.com`, email_verified: id !== 'unverified'})}),
})
provider.listen(Number(port), '127.0.0.1', () => console.log('ready'))
