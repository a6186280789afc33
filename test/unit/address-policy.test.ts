import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { checkUrl, createAddressPolicy } from '#src/infra/outbound/address-policy.ts';

const trustedPrefix = 'http://localhost:3000/r/';
const strict = createAddressPolicy({ allowsPrivateNetworks: false, trustedPrefix });
const lenient = createAddressPolicy({ allowsPrivateNetworks: true, trustedPrefix });

describe('without private networks, an address is allowed when it is', () => {
  for (const address of ['8.8.8.8', '1.1.1.1', '2606:4700:4700::1111', '::ffff:8.8.8.8']) {
    test(`public: ${address}`, () => assert.equal(strict.allowsAddress(address), true));
  }

  const refused: Record<string, string[]> = {
    loopback: ['127.0.0.1', '127.255.255.254', '::1'],
    'this host': ['0.0.0.0', '0.1.2.3', '::'],
    private: ['10.0.0.1', '172.16.0.1', '172.31.255.255', '192.168.1.1', 'fd00::1', 'fec0::1'],
    'link-local, where clouds answer with credentials': ['169.254.169.254', 'fe80::1', 'fe80::1%eth0'],
    'a cloud metadata service elsewhere': [
      '100.100.100.200',
      '192.0.0.192',
      '168.63.129.16',
      'fd00:ec2::254',
    ],
    'carrier-grade NAT': ['100.64.0.1', '100.127.255.255'],
    'multicast or broadcast': ['224.0.0.1', '255.255.255.255', 'ff02::1'],
    'reserved, for documentation or benchmarks': [
      '192.0.2.1',
      '198.18.0.1',
      '240.0.0.1',
      '2001:db8::1',
      '3fff::1',
    ],
    'mapped IPv4': ['::ffff:127.0.0.1', '::ffff:7f00:1', '::ffff:10.0.0.1', '::ffff:0:127.0.0.1'],
    'IPv4-compatible': ['::127.0.0.1', '::7f00:1'],
    'NAT64 to private IPv4': ['64:ff9b::127.0.0.1', '64:ff9b::7f00:1', '64:ff9b:1::a00:1'],
    '6to4 to private IPv4': ['2002:7f00:1::', '2002:a00:1::1'],
    Teredo: ['2001:0:4136:e378:8000:63bf:3fff:fdd2'],
    'not an address as a look-up gives it': ['', 'localhost', '127.1', '0x7f.0.0.1', '2130706433', '[::1]'],
  };
  for (const [kind, addresses] of Object.entries(refused)) {
    for (const address of addresses) {
      test(`not ${kind}: ${address}`, () => assert.equal(strict.allowsAddress(address), false));
    }
  }

  test('never any IPv4 address of a private range, mapped into IPv6 or not', () => {
    const byte = fc.nat(255);
    const privateAddress = fc.oneof(
      fc.tuple(fc.constantFrom(10, 127, 0), byte, byte, byte),
      fc.tuple(fc.constant(192), fc.constant(168), byte, byte),
      fc.tuple(fc.constant(172), fc.integer({ min: 16, max: 31 }), byte, byte),
      fc.tuple(fc.integer({ min: 224, max: 255 }), byte, byte, byte),
    );
    fc.assert(
      fc.property(privateAddress, (bytes) => {
        const address = bytes.join('.');
        assert.equal(strict.allowsAddress(address), false);
        assert.equal(strict.allowsAddress(`::ffff:${address}`), false);
      }),
    );
  });
});

test('with private networks every address is allowed', () => {
  for (const address of ['127.0.0.1', '::1', '10.0.0.1', '8.8.8.8']) {
    assert.equal(lenient.allowsAddress(address), true);
  }
});

describe('a URL is trusted', () => {
  const isTrusted = (url: string) => strict.isTrusted(new URL(url));

  for (const url of [
    `${trustedPrefix}abc`,
    `${trustedPrefix}abc/more?a=%2e%2e`,
    'HTTP://LOCALHOST:3000/x/../r/abc',
    'http:\\\\localhost:3000\\r\\abc',
  ]) {
    test(`under our own prefix: ${url}`, () => assert.equal(isTrusted(url), true));
  }

  for (const url of [
    'http://localhost:3000/',
    'http://localhost:3000/r',
    'http://localhost:3000/reports/x',
    'http://localhost:3000/R/abc',
    'http://localhost:3000/r/../dashboard',
    'http://localhost:3000/r/%2e%2e/dashboard',
    'http://localhost:3000/r/%2E./dashboard',
    'http://localhost:3000/r/..%2fdashboard',
    'http://localhost:3000/r/..%5cdashboard',
    'http://localhost:3000/r/..;/dashboard',
    'http://localhost:3000/r\\..\\dashboard',
    'http://localhost:3001/r/abc',
    'https://localhost:3000/r/abc',
    'http://127.0.0.1:3000/r/abc',
    'http://localhost.:3000/r/abc',
    'http://localhost:3000.evil.example/r/abc',
    'http://evil.example/http://localhost:3000/r/abc',
    'http://localhost:3000@evil.example/r/abc',
    'http://user:password@localhost:3000/r/abc',
  ].filter((url) => URL.canParse(url))) {
    test(`not: ${url}`, () => assert.equal(isTrusted(url), false));
  }

  test('also when the prefix is given without its last slash', () => {
    const policy = createAddressPolicy({
      allowsPrivateNetworks: false,
      trustedPrefix: 'https://a.example/r',
    });
    assert.equal(policy.isTrusted(new URL('https://a.example/r/x')), true);
    assert.equal(policy.isTrusted(new URL('https://a.example/rx')), false);
  });
});

describe('checkUrl', () => {
  for (const url of [
    'https://acme.example/webhooks?a=1#b',
    'https://acme.example/x?a=b\\c',
    'https://acme.example:8443/',
    'https://8.8.8.8/',
    'https://bücher.example/',
    `${trustedPrefix}abc`,
    `https://acme.example/${'x'.repeat(2048 - 21)}`,
  ]) {
    test(`accepts ${url.slice(0, 60)}`, () => assert.equal(checkUrl(url, strict), undefined));
  }

  const refused: [string, RegExp][] = [
    ['http://acme.example/', /begin with https/],
    ['ftp://acme.example/', /begin with https/],
    ['javascript:alert(1)', /begin with https/],
    ['file:///etc/passwd', /begin with https/],
    ['acme.example/webhooks', /complete URL/],
    ['', /complete URL/],
    ['https://', /complete URL/],
    ['https:acme.example/', /complete URL/],
    ['https:/acme.example/', /complete URL/],
    ['https:\\\\acme.example\\x', /complete URL/],
    ['https://acme.example/a\\b', /complete URL/],
    ['https://acme.example/a\nb', /blanks, line breaks/],
    ['https://acme.example/a\tb', /blanks, line breaks/],
    ['https://acme.example/a b', /blanks, line breaks/],
    ['https://acme.example/ ', /blanks, line breaks/],
    [' https://acme.example/', /blanks, line breaks/],
    ['https://acme.example/\u0000', /blanks, line breaks/],
    ['https://acme.example/\u00a0', /blanks, line breaks/],
    ['https://acme.example/\u0085', /blanks, line breaks/],
    ['https://ac\u200bme.example/', /blanks, line breaks/],
    ['https://exam\ufe0fple.com/', /blanks, line breaks/],
    ['https://exam\u034fple.com/', /blanks, line breaks/],
    ['https://exam\u{e0101}ple.com/', /blanks, line breaks/],
    ['https://acme.example/\u3164', /blanks, line breaks/],
    ['https://acme.example/\u2800', /blanks, line breaks/],
    ['\u2060https://acme.example/', /blanks, line breaks/],
    ['https://[fe80::1%25eth0]/', /complete URL/],
    ['https://user@acme.example/', /user name/],
    ['https://:secret@acme.example/', /user name/],
    ['https://acme.example:0/', /port 0/],
    [`https://acme.example/${'x'.repeat(2048 - 20)}`, /at most 2048/],
    ['https://127.0.0.1/', /public address, 127.0.0.1 is not/],
    ['https://2130706433/', /public address, 127.0.0.1 is not/],
    ['https://0x7f.1/', /public address/],
    ['https://0177.0.0.1./', /public address/],
    ['https://①②⑦.0.0.1/', /public address/],
    ['https://[::ffff:127.0.0.1]/', /public address/],
    ['https://169.254.169.254/latest/meta-data', /public address/],
    ['https://localhost/', /public host name/],
    ['https://LOCALHOST./', /public host name/],
    ['https://a.localhost/', /public host name/],
    ['https://printer.local/', /public host name/],
    ['https://metadata.google.internal/', /public host name/],
    ['https://intranet/', /public host name/],
  ];
  for (const [url, reason] of refused) {
    test(`refuses ${url.slice(0, 60)}`, () => assert.match(checkUrl(url, strict) ?? 'accepted', reason));
  }

  test('with private networks accepts http and local addresses, but no other scheme and no credentials', () => {
    for (const url of ['http://localhost:4000/x', 'http://10.0.0.1/', 'https://intranet/']) {
      assert.equal(checkUrl(url, lenient), undefined);
    }
    assert.match(checkUrl('ftp://localhost/', lenient) ?? '', /https/);
    assert.match(checkUrl('http://a:b@localhost/', lenient) ?? '', /user name/);
  });
});
