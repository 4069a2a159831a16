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

// The browser: cookies by origin, redirects, the issuer's page on which a person is picked, the page that asks.
const cookies = {}
const send = async (url, form) => {
  const jar = (cookies[url.origin] ??= {})
  const answer = await fetch(url, {
    redirect: 'manual',
    method: form ? 'POST' : 'GET',
    body: form && new URLSearchParams(form),
    headers: { cookie: Object.entries(jar).map((pair) => pair.join('=')).join('; '), 'accept-language': 'fr' },
  })
  for (const line of answer.headers.getSetCookie()) {
    const [, name, value] = line.match(/^([^=]+)=([^;]*)/)
    if (/max-age=0/i.test(line)) delete jar[name]
    else jar[name] = value
  }
  return answer
}
const pages = []
async function browsed(start) {
  let url = start
  let form
  for (let step = 0; step < 12; step++) {
    const answer = await send(url, form)
    form = undefined
    const location = answer.headers.get('location')
    if (location) {
      url = new URL(location, url)
      if (url.href.startsWith(task.redirect_uri)) return url
      continue
    }
    const page = await answer.text()
    pages.push(page)
    const hidden = [...page.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)">/g)]
    if (page.includes('name="person"')) form = { person: task.person }
    else if (hidden.length) {
      form = { ...Object.fromEntries(hidden.map(([, name, value]) => [name, value])), decision: 'allow' }
      url = new URL(page.match(/<form method="post" action="([^"]+)"/)[1], url)
    } else throw new Error(`nothing to press: ${answer.status} ${page}`)
  }
  throw new Error('the browser went round in circles')
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
    insecure,
  ),
)

const address = new URL(as.authorization_endpoint)
address.searchParams.set('client_id', task.client_id)
address.searchParams.set('request_uri', pushed.request_uri)
const back = await browsed(address)

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
console.log(JSON.stringify({ token, refreshed, mixed_up, pages }))
