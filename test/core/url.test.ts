import { describe, expect, it } from 'vitest';
import { isDiscoveredJwksUrl, isIssuerUrl, isJwksUrl, isLoopbackHost, isLoopbackUrl } from '../../core/url.ts';

const issuer = 'https://idp.example/';

describe('issuer URLs', () => {
  it.each([
    issuer,
    'https://idp.example',
    'https://idp.example:8443/realms/a',
    'http://127.0.0.1:4747/oidc',
    'http://localhost:1',
    'http://[::1]:1/',
  ])('take %s', (url) => {
    expect(isIssuerUrl(url)).toBe(true);
  });

  it.each([
    'http://idp.example/',
    'http://127.0.0.1.evil.example/',
    'http://localhost.evil.example/',
    'http://0.0.0.0/',
    'http://10.0.0.1/',
    'https://idp.example/?a=1',
    'https://idp.example/?',
    'https://idp.example/#a',
    'https://idp.example/#',
    'https://user@idp.example/',
    'https://user:password@idp.example/',
    'https://:password@idp.example/',
    'ftp://idp.example/',
    'file:///etc/passwd',
    'javascript:alert(1)',
    'data:text/plain,x',
    'idp.example',
    '//idp.example',
    '',
    'https://',
    'https://idp.example/ ',
    ' https://idp.example/',
    'https://idp.example/\n',
    'https://idp\t.example/',
    'https:\\\\idp.example\\',
    'https://idp.example\\@evil.example/',
  ])('SEC-ISS-10 refuse %j', (url) => {
    expect(isIssuerUrl(url)).toBe(false);
  });
});

describe('key set URLs', () => {
  it('may have a query where an operator wrote them', () => {
    expect(isJwksUrl('https://idp.example/keys?appid=1')).toBe(true);
    for (const url of ['http://idp.example/keys', 'https://u@idp.example/keys', 'https://idp.example/keys#a'])
      expect(isJwksUrl(url)).toBe(false);
  });

  it('SEC-JWKS-14 may be on another https host where the issuer itself names them', () => {
    expect(isDiscoveredJwksUrl('https://www.googleapis.example/oauth2/v3/certs', issuer)).toBe(true);
  });

  it.each([
    'https://169.254.169.254/latest/meta-data',
    'https://169.254.169.254./',
    'https://10.0.0.1/jwks',
    'https://172.16.0.1/jwks',
    'https://172.31.255.255/jwks',
    'https://192.168.1.1/jwks',
    'https://100.64.0.1/jwks',
    'https://100.127.255.255/jwks',
    'https://127.0.0.1/jwks',
    'https://127.1/jwks',
    'https://2130706433/jwks',
    'https://0x7f000001/jwks',
    'https://0177.0.0.1/jwks',
    'https://0.0.0.0/jwks',
    'https://224.0.0.1/jwks',
    'https://255.255.255.255/jwks',
    'https://localhost/jwks',
    'https://localhost./jwks',
    'https://LOCALHOST/jwks',
    'https://a.localhost/jwks',
    'https://[::1]/jwks',
    'https://[::ffff:169.254.169.254]/jwks',
    'https://[fd00:ec2::254]/jwks',
    'https://[fe80::1]/jwks',
    'http://idp.example/jwks',
    'http://127.0.0.1/jwks',
    'https://user@idp.example/jwks',
    'https://idp.example/jwks#a',
    'file:///etc/passwd',
    '/jwks',
    '',
  ])('SEC-JWKS-14 out of a discovery document are refused: %s', (url) => {
    expect(isDiscoveredJwksUrl(url, issuer)).toBe(false);
  });

  it.each([
    'https://172.15.0.1/jwks',
    'https://172.32.0.1/jwks',
    'https://100.63.0.1/jwks',
    'https://169.253.0.1/jwks',
    'https://192.167.0.1/jwks',
    'https://11.0.0.1/jwks',
  ])('out of a discovery document are taken beside a private network: %s', (url) => {
    expect(isDiscoveredJwksUrl(url, issuer)).toBe(true);
  });

  it('may be plain loopback only where the issuer is', () => {
    expect(isDiscoveredJwksUrl('http://127.0.0.1:1/jwks', 'http://127.0.0.1:1/oidc')).toBe(true);
    expect(isDiscoveredJwksUrl('http://10.0.0.1/jwks', 'http://127.0.0.1:1/oidc')).toBe(false);
  });
});

describe('loopback', () => {
  it.each(['localhost', '127.0.0.1', '127.255.255.254', '[::1]'])('is %s', (host) => {
    expect(isLoopbackHost(host)).toBe(true);
  });

  it.each([
    '',
    '0.0.0.0',
    '128.0.0.1',
    '127.0.0.1.evil.example',
    'localhost.evil.example',
    'evil.localhost.example',
    '[::]',
    '[::2]',
    '127',
  ])('is not %s', (host) => {
    expect(isLoopbackHost(host)).toBe(false);
  });

  it('is read from the host of a URL, not from its user', () => {
    expect(isLoopbackUrl('http://127.0.0.1:80@evil.example/')).toBe(false);
    expect(isLoopbackUrl('not a url')).toBe(false);
  });
});
