import { ownHeaders } from '#src/domain/outbound-rules/own-headers.ts';
import { type Language, readSamples, type Sample, type SampleSet } from './samples.ts';

/** What code samples are adapted to. */
interface Provider {
  name: string;
  headerPrefix: string;
}

/** A sample in the provider's names. */
export interface PersonalSample extends Sample {
  /** The expression that reads the secret. */
  readsSecret: string;
}

/** The samples with the names of the provider's headers and of the environment variable for its secret. */
export function personalSamples(set: SampleSet, origin: string, provider: Provider): PersonalSample[] {
  return readSamples(set, origin).map((sample) => ({
    ...sample,
    code: inNamesOf(provider, sample.code),
    readsSecret: READS[sample.language](secretName(provider.name)),
  }));
}

/** Replaces our names in code. */
export function inNamesOf({ name, headerPrefix }: Provider, code: string): string {
  const own = ownHeaders(headerPrefix);
  const module = headerPrefix.replaceAll(/[^A-Za-z0-9]/g, '').replace(/^\d*/, '');
  return code
    .replaceAll('HostedHooks-Signature', own.signature)
    .replaceAll('HTTP_HOSTEDHOOKS_SIGNATURE', `HTTP_${own.cgiSignature.replace(/^HTTP_/, '')}`)
    .replaceAll('HOSTEDHOOKS_SIGNING_SECRET', secretName(name))
    .replaceAll('HostedHooksSignature', `${module.charAt(0).toUpperCase()}${module.slice(1)}Signature`);
}

const MAX_CHARACTERS = 40;

/** The environment variable for the secret of a provider: `ACME_SHOP_SIGNING_SECRET`. */
export function secretName(provider: string): string {
  const letters = provider.normalize('NFKD').replaceAll(/\p{M}/gu, '').toUpperCase();
  const words = letters.replaceAll(/[^A-Z0-9]+/g, '_').replaceAll(/^[_0-9]+|_+$/g, '');
  return `${words.slice(0, MAX_CHARACTERS).replace(/_$/, '') || 'WEBHOOK'}_SIGNING_SECRET`;
}

const READS: Record<Language, (name: string) => string> = {
  ruby: (name) => `ENV.fetch("${name}")`,
  rails: (name) => `ENV.fetch("${name}")`,
  nextjs: (name) => `process.env.${name}`,
  django: (name) => `os.environ["${name}"]`,
  laravel: (name) => `env('${name}')`,
  spring: (name) => `@Value("\${${name}}")`,
  csharp: (name) => `Environment.GetEnvironmentVariable("${name}")`,
  aspnet: (name) => `builder.Configuration["${name}"]`,
  node: (name) => `process.env.${name}`,
  python: (name) => `os.environ["${name}"]`,
  php: (name) => `getenv('${name}')`,
  go: (name) => `os.Getenv("${name}")`,
  java: (name) => `System.getenv("${name}")`,
  curl: (name) => `$${name}`,
};
