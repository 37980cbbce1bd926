// token-vending-machine/local: the whole product on this machine, for trying it and for other people's tests.
export { startLocal, type Local, type LocalOptions } from './start.ts';
export type { MintRequest } from './issuer.ts';
export { parseSeed, type Seed } from './seed.ts';
export { readDeployment, type AppSource, type Deployment } from './app.ts';
export type { LocalSamlProvider } from './account.ts';
