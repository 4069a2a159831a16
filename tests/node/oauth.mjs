// The flows of a client as oauth4webapi does them; it refuses whatever an authorization server says that is off the
// standards. Reads its task as JSON from SLT_OAUTH_TASK, prints what it got as JSON.
import * as oauth from 'oauth4webapi'

const task = JSON.parse(process.env.SLT_OAUTH_TASK)
const insecure = { [oauth.allowInsecureRequests]: true } // http, on loopback
const issuer = new URL(task.issuer)

const as = await oauth.processDiscoveryResponse(
  issuer,
  await oauth.discoveryRequest(issuer, { algorithm: 'oauth2', ...insecure }),
)
const client = { client_id: task.client_id }

async function authentication() {
  if (task.secret) return oauth.ClientSecretBasic(task.secret)
  const algorithm = { ES256: { name: 'ECDSA', namedCurve: 'P-256' }, PS256: { name: 'RSA-PSS', hash: 'SHA-256' }, Ed25519: { name: 'Ed25519' } }
  const key = await crypto.subtle.importKey('jwk', task.key, algorithm[task.algorithm], false, ['sign'])
  return oauth.PrivateKeyJwt({ key, kid: task.key.kid })
}

const auth = await authentication()

async function granted(grantType, parameters) {
  const response = await oauth.genericTokenEndpointRequest(as, client, auth, grantType, parameters, insecure)
  return oauth.processGenericTokenEndpointResponse(as, client, response)
}

const token = await oauth.processClientCredentialsResponse(
  as,
  client,
  await oauth.clientCredentialsGrantRequest(as, client, auth, new URLSearchParams(task.scope ? { scope: task.scope } : {}), insecure),
)

async function introspected(value) {
  const response = await oauth.introspectionRequest(as, client, auth, value, insecure)
  return oauth.processIntrospectionResponse(as, client, response)
}

const before = await introspected(token.access_token)
// The checks of a resource server: RFC 9068.
const claims = await oauth.validateJwtAccessToken(
  as,
  new Request(task.issuer, { headers: { authorization: `Bearer ${token.access_token}` } }),
  task.issuer,
  insecure,
)
const exchanged = task.exchange
  ? await granted('urn:ietf:params:oauth:grant-type:token-exchange', new URLSearchParams(task.exchange))
  : null
await oauth.processRevocationResponse(await oauth.revocationRequest(as, client, auth, token.access_token, insecure))
const after = await introspected(token.access_token)

console.log(JSON.stringify({ as, token, before, claims, exchanged, after }))
