// A real authorisation server for the tests: oidc-provider with the clients and people that its arguments name.
//
// node issuer.mjs '{"port": …, "clients": […], "people": {"name": {claims}}, "scopes": "…", "audience": "…"}'
// Whoever `login_hint` names is logged in, and agrees to everything: there are no pages.
import { createServer } from 'node:http'
import { exportJWK, generateKeyPair } from 'jose'
import Provider from 'oidc-provider'

const told = JSON.parse(process.argv[2])
const issuer = `http://127.0.0.1:${told.port}`

const keys = []
for (const alg of ['ES256', 'RS256']) {
  const { privateKey } = await generateKeyPair(alg, { extractable: true })
  keys.push({ ...(await exportJWK(privateKey)), alg, use: 'sig', kid: `issuer-${alg}` })
}

const provider = new Provider(issuer, {
  clients: told.clients,
  jwks: { keys },
  scopes: ['openid', 'fhirUser', 'launch/patient', 'offline_access'],
  cookies: { keys: ['of the tests alone'] },
  enabledJWA: { clientAuthSigningAlgValues: ['ES384', 'RS384'] },
  clientAuthMethods: ['private_key_jwt', 'none'],
  pkce: { required: () => true },
  features: {
    devInteractions: { enabled: false },
    clientCredentials: { enabled: true },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => told.resource,
      useGrantedResource: () => true,
      getResourceServerInfo: () => ({
        scope: told.scopes,
        audience: told.audience,
        accessTokenTTL: 600,
        accessTokenFormat: 'jwt',
        jwt: { sign: { alg: told.alg } },
      }),
    },
  },
  ttl: { Interaction: 600, Session: 600, Grant: 600, AccessToken: 600, ClientCredentials: 600, IdToken: 600 },
  extraTokenClaims: (_, token) => told.people[token.accountId],
  findAccount: (_, sub) => ({ accountId: sub, claims: () => ({ sub }) }),
  interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
})

async function agree(request, response) {
  const details = await provider.interactionDetails(request, response)
  if (details.prompt.name === 'login') {
    const login = { accountId: details.params.login_hint }
    return provider.interactionFinished(request, response, { login }, { mergeWithLastSubmission: false })
  }
  const grant = new provider.Grant({ accountId: details.session.accountId, clientId: details.params.client_id })
  grant.addOIDCScope(details.params.scope)
  grant.addResourceScope(told.resource, details.params.scope)
  const consent = { grantId: await grant.save() }
  return provider.interactionFinished(request, response, { consent }, { mergeWithLastSubmission: true })
}

const answer = provider.callback()
createServer((request, response) => {
  if (!request.url.startsWith('/interaction/')) return answer(request, response)
  return agree(request, response).catch((error) => response.writeHead(500).end(String(error)))
}).listen(told.port, '127.0.0.1', () => console.log('ready'))
