/** What a server must be told in production, besides its database. */
export const PRODUCTION = {
  NODE_ENV: 'production',
  APP_SECRET: 'app-secret-of-a-test',
  ENCRYPTION_KEY: 'encryption-key-of-a-test',
  HEROKU_ADDON_PASSWORD: 'password-of-a-test',
  HEROKU_SSO_SALT: 'salt-of-a-test',
};
