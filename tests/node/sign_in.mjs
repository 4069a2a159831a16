// A person signs in with oauth4webapi as the client: PAR, PKCE, `iss`, code, refresh. The browser is this program too.
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
const auth = task.secret ? oauth.ClientSecretBasic(task.secret) : oauth.None()

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
    insecure,
  ),
)

const address = new URL(as.authorization_endpoint)
address.searchParams.set('client_id', task.client_id)
address.searchParams.set('request_uri', pushed.request_uri)
const went = await fetch(address, { redirect: 'manual', headers: { 'x-person': task.person } })
const back = new URL(went.headers.get('location'))

// The same answer as if another issuer had given it: the client must notice (RFC 9207).
let mixed_up = null
const elsewhere = new URL(back)
elsewhere.searchParams.set('iss', 'https://elsewhere.example')
try {
  oauth.validateAuthResponse(as, client, elsewhere, state)
} catch (error) {
  mixed_up = error.code
}

const parameters = oauth.validateAuthResponse(as, client, back, state)
const token = await oauth.processAuthorizationCodeResponse(
  as,
  client,
  await oauth.authorizationCodeGrantRequest(as, client, auth, parameters, task.redirect_uri, verifier, insecure),
)
const refreshed = await oauth.processRefreshTokenResponse(
  as,
  client,
  await oauth.refreshTokenGrantRequest(as, client, auth, token.refresh_token, insecure),
)
console.log(JSON.stringify({ token, refreshed, mixed_up }))
