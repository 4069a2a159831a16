// DPoP (RFC 9449) as oauth4webapi does it: client credentials, PAR and code with a person, refresh, a protected address.
// Reads its task as JSON from SLT_OAUTH_TASK, prints what it got as JSON.
import * as oauth from 'oauth4webapi'

const task = JSON.parse(process.env.SLT_OAUTH_TASK)
const insecure = { [oauth.allowInsecureRequests]: true } // http, on loopback
const issuer = new URL(task.issuer)
const as = await oauth.processDiscoveryResponse(
  issuer,
  await oauth.discoveryRequest(issuer, { algorithm: 'oauth2', ...insecure }),
)
const client = { client_id: task.client_id }
const auth = oauth.ClientSecretBasic(task.secret)
const keys = await oauth.generateKeyPair(task.algorithm)
const bound = { DPoP: oauth.DPoP(client, keys), ...insecure }

// A protected address; the request as it was sent is kept.
let sent
async function who(token, options) {
  const customFetch = (url, init) => {
    sent = new Request(url, { method: init.method, headers: init.headers })
    return fetch(url, init)
  }
  const response = await oauth.protectedResourceRequest(
    token.access_token,
    'GET',
    new URL(task.resource),
    undefined,
    undefined,
    { ...options, [oauth.customFetch]: customFetch },
  )
  return response.json()
}

const token = await oauth.processClientCredentialsResponse(
  as,
  client,
  await oauth.clientCredentialsGrantRequest(as, client, auth, new URLSearchParams(), bound),
)
const told = await who(token, bound)
// The checks of a resource server: RFC 9068 with RFC 9449.
const claims = await oauth.validateJwtAccessToken(as, sent, task.issuer, { requireDPoP: true, ...insecure })
const introspected = await oauth.processIntrospectionResponse(
  as,
  client,
  await oauth.introspectionRequest(as, client, auth, token.access_token, insecure),
)

const challenges = {}
for (const [name, request] of Object.entries({
  as_bearer: () => who(token, insecure),
  without_key: async () => who(token, { DPoP: oauth.DPoP(client, await oauth.generateKeyPair('ES256')), ...insecure }),
})) {
  try {
    await request()
  } catch (error) {
    challenges[name] = error.cause.map(({ scheme, parameters }) => ({ scheme, ...parameters }))
  }
}

const verifier = oauth.generateRandomCodeVerifier()
const state = oauth.generateRandomState()
const pushed = await oauth.processPushedAuthorizationResponse(
  as,
  client,
  await oauth.pushedAuthorizationRequest(
    as,
    client,
    auth,
    new URLSearchParams({
      response_type: 'code',
      redirect_uri: task.redirect_uri,
      code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
      state,
    }),
    bound,
  ),
)
const address = new URL(as.authorization_endpoint)
address.searchParams.set('client_id', task.client_id)
address.searchParams.set('request_uri', pushed.request_uri)
const went = await fetch(address, { redirect: 'manual', headers: { 'x-person': task.person } })
const parameters = oauth.validateAuthResponse(as, client, new URL(went.headers.get('location')), state)
const persons = await oauth.processAuthorizationCodeResponse(
  as,
  client,
  await oauth.authorizationCodeGrantRequest(as, client, auth, parameters, task.redirect_uri, verifier, bound),
)
const refreshed = await oauth.processRefreshTokenResponse(
  as,
  client,
  await oauth.refreshTokenGrantRequest(as, client, auth, persons.refresh_token, bound),
)
const person = await who(refreshed, bound)
console.log(JSON.stringify({ token, told, claims, introspected, challenges, persons, refreshed, person }))
