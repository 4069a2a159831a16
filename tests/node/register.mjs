// From the protected address to a client of one's own, as oauth4webapi does it: RFC 9728, RFC 8414, RFC 7591; then the
// client's own address (RFC 7592), for which it has no function. Reads its task as JSON from SLT_OAUTH_TASK, prints JSON.
import * as oauth from 'oauth4webapi'

const task = JSON.parse(process.env.SLT_OAUTH_TASK)
const insecure = { [oauth.allowInsecureRequests]: true } // http, on loopback

const identifier = new URL(task.resource)
const resource = await oauth.processResourceDiscoveryResponse(
  identifier,
  await oauth.resourceDiscoveryRequest(identifier, insecure),
)
const issuer = new URL(resource.authorization_servers[0])
const as = await oauth.processDiscoveryResponse(
  issuer,
  await oauth.discoveryRequest(issuer, { algorithm: 'oauth2', ...insecure }),
)

const keys = await oauth.generateKeyPair('ES256', { extractable: true })
const kid = 'registered'
const metadata = task.signs
  ? {
      ...task.metadata,
      token_endpoint_auth_method: 'private_key_jwt',
      jwks: { keys: [{ ...(await crypto.subtle.exportKey('jwk', keys.publicKey)), kid }] },
    }
  : task.metadata
const registered = await oauth.processDynamicClientRegistrationResponse(
  await oauth.dynamicClientRegistrationRequest(as, metadata, { initialAccessToken: task.token, ...insecure }),
)

const client = { client_id: registered.client_id }
const auth = task.signs
  ? oauth.PrivateKeyJwt({ key: keys.privateKey, kid })
  : oauth.ClientSecretBasic(registered.client_secret)
const granted = async () =>
  oauth.processClientCredentialsResponse(
    as,
    client,
    await oauth.clientCredentialsGrantRequest(as, client, auth, new URLSearchParams(), insecure),
  )
const token = await granted()

const own = async (method, document) => {
  const response = await fetch(registered.registration_client_uri, {
    method,
    headers: {
      authorization: `Bearer ${registered.registration_access_token}`,
      ...(document && { 'content-type': 'application/json' }),
    },
    body: document && JSON.stringify(document),
  })
  return { status: response.status, body: method === 'DELETE' ? null : await response.json() }
}
const read = await own('GET')
const updated = await own('PUT', { ...metadata, client_id: registered.client_id, client_name: 'renamed' })
const deleted = await own('DELETE')
let after = null
try {
  await granted()
} catch (error) {
  after = error.status
}
console.log(JSON.stringify({ resource, as, registered, token, read, updated, deleted, after }))
