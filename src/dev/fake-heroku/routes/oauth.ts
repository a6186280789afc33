import type { Request, Response } from 'express';
import { exchangeGrant, refreshGrant, TOKEN_LIFE_SECONDS } from '#src/dev/fake-heroku/grants.ts';
import type { Platform } from '#src/dev/fake-heroku/platform.ts';
import { Refusal } from '#src/dev/fake-heroku/refusal.ts';

interface Options {
  clientSecret: string;
  rotatesRefreshTokens: boolean;
}

/** `POST /oauth/token` of id.heroku.com: exchanges a grant, or refreshes its tokens. */
export function oauthToken(platform: Platform, { clientSecret, rotatesRefreshTokens }: Options) {
  return async (req: Request, res: Response): Promise<void> => {
    const form = (req.body ?? {}) as Record<string, unknown>;
    const field = (name: string) => (typeof form[name] === 'string' ? form[name] : '');
    if (field('client_secret') !== clientSecret) {
      throw new Refusal(401, 'unauthorized', 'The client secret is not valid.');
    }
    const authorization = await platform.alter((change) => {
      switch (field('grant_type')) {
        case 'authorization_code':
          return exchangeGrant(change, field('code'));
        case 'refresh_token':
          return refreshGrant(change, {
            refreshToken: field('refresh_token'),
            rotates: rotatesRefreshTokens,
          });
        default:
          throw new Refusal(400, 'unsupported_grant_type', 'The grant type is not supported.');
      }
    });
    res.json({
      access_token: authorization.accessToken,
      expires_in: TOKEN_LIFE_SECONDS,
      refresh_token: authorization.refreshToken,
      token_type: 'Bearer',
      user_id: authorization.userId,
      session_nonce: null,
    });
  };
}
