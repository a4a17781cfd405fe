export const en = {
  offer: 'No app yet? Let the platform make one.',
  open: 'Scan a code',
  title: 'Scan with the app of the platform',
  about: 'Whoever scans becomes the owner of a new app that has what Parley needs. Its settings come back here.',
  code: 'Code to scan',
  orOpen: 'Or open it in a browser',
  asking: 'Asking the platform for a code …',
  done: 'The app is made and its settings are filled in. Give the integration a name, then save.',
  again: 'New code',
  lost: 'The connection to Parley was lost, and this code with it.',
  failed: {
    gone: 'Nobody scanned the code in time.',
    forbidden: 'Whoever scanned the code declined.',
  } as Readonly<Record<string, string>>,
};

export const zh: typeof en = {
  offer: '还没有应用？可以让平台创建一个。',
  open: '扫码创建',
  title: '用平台的 App 扫码',
  about: '扫码的人会成为新应用的所有者，应用已带有 Parley 需要的权限，设置会自动填到这里。',
  code: '二维码',
  orOpen: '或在浏览器中打开',
  asking: '正在向平台申请二维码…',
  done: '应用已创建，设置已填好。给集成起个名字，然后保存。',
  again: '换一个二维码',
  lost: '与 Parley 的连接已断开，此二维码随之失效。',
  failed: {
    gone: '二维码已过期，没有人扫码。',
    forbidden: '扫码的人拒绝了。',
  },
};
