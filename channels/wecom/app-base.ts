const QYAPI = 'https://qyapi.weixin.qq.com';

/** Where the application's API is: WeCom's own host, or a private deployment or proxy. No trailing slash. */
export const apiBaseOf = ({ apiBase }: { readonly apiBase?: string | undefined }): string => (apiBase ?? QYAPI).replace(/\/+$/, '');
