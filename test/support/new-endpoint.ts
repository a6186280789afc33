/** An endpoint as it is posted, to which nothing can be delivered. */
export const NEW_ENDPOINT = { url: 'http://127.0.0.1:9/', version: '1.0' };
