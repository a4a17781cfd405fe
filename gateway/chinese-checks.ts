/** What the checks of an integration's test say, in Chinese by the English sentences; as in `chinese.ts`. What a platform answered itself stays as it is. */
export const CHECKS: Readonly<Record<string, string>> = {
  'The last call of the platform was verified at {}.': '平台最近一次通过验证的回调时间：{}。',
  'No call of the platform to {} was verified yet.': '尚未收到平台对 {} 的有效回调。',
  'No call of the platform to {} was verified since the settings changed.': '设置修改后尚未收到平台对 {} 的有效回调。',
  'Set PARLEY_PUBLIC_URL to the https address at which the platform reaches Parley, for platforms call no other. Then enter the callback URL on the platform and test again.':
    '请将 PARLEY_PUBLIC_URL 设为平台可访问的 Parley https 地址（平台只回调 https 地址），再在平台填写回调地址并重新测试。',
  'Enable the integration first: until then calls are refused. Then enter this address on the platform, save there and test again.':
    '请先启用集成：在此之前回调会被拒绝。然后在平台填写此地址并保存，再重新测试。',
  'Enter this address on the platform and save there, which sends a test call, or write to the bot; then test again. If the platform reports a failure, copy its keys into the settings again.':
    '请在平台填写此地址并保存（平台会发送一次测试回调），或给机器人发一条消息，再重新测试。若平台提示失败，请重新复制平台的密钥到设置中。',
  'No result within {} s.': '{} 秒内没有结果。',
  'Check the base URL and that this server may reach the platform.': '请检查基础地址，并确认此服务器可以访问平台。',
  'Mend the settings and test again.': '请修改设置后重新测试。',
  'The test itself failed.': '测试本身出错。',
  'Test again; if it stays, look into the log of the gateway.': '请重新测试；若仍出错，请查看网关日志。',
  'The channel "{}" has no mode "{}" here.': '此处的渠道“{}”没有模式“{}”。',
  'Choose another channel or mode.': '请选择其他渠道或模式。',
  'The settings do not fit their mode.': '设置不符合所选模式。',
  'Save the settings again.': '请重新保存设置。',
  'Settings were sealed with key {}, which PARLEY_SECRET_KEY no longer holds: add that key after the current one.':
    '设置由密钥 {} 加密，而 PARLEY_SECRET_KEY 中已没有此密钥：请将其加在当前密钥之后。',
  'Sealed settings were changed in the database: restore them from a backup, or enter them again.':
    '数据库中的加密设置已被改动：请从备份恢复，或重新填写。',
  'Enter the settings again, or put the key back.': '请重新填写设置，或恢复原来的加密密钥。',
  // Lark.
  'Lark accepts the App ID and App Secret.': '飞书接受此 App ID 和 App Secret。',
  'The app has a bot.': '应用已有机器人。',
  'In the developer console add the feature "Bot" and release a new version of the app.':
    '请在开发者后台添加“机器人”能力，并发布应用新版本。',
  'The app may show streaming cards.': '应用可以显示流式卡片。',
  'Lark does not tell whether the app may send messages: that shows with the first answer.': '飞书未告知应用能否发送消息：首次回答时可知。',
  'The app may send messages.': '应用可以发送消息。',
  'The app may not send messages.': '应用不能发送消息。',
  'In the developer console grant the scope im:message ("Read and send messages in private and group chats"), release a new version and let an administrator approve it.':
    '请在开发者后台开通权限 im:message（“获取与发送单聊、群组消息”），发布新版本并由管理员审核通过。',
  '{} long connection is open for this app.': '此应用有 {} 个长连接。',
  '{} long connections are open for this app.': '此应用有 {} 个长连接。',
  'Lark hands each event to one of them at random. Stop other programs that use this App ID, or give them an app of their own.':
    '飞书会把每个事件随机交给其中一个。请停止使用此 App ID 的其他程序，或为其另建应用。',
  'In the developer console grant the scope cardkit:card:write ("Create and update cards") and release a new version. Until then answers appear in cards that do not stream.':
    '请在开发者后台开通权限 cardkit:card:write（“创建与更新卡片”）并发布新版本。在此之前，回答显示在非流式卡片中。',
  'Copy App ID and App Secret from "Credentials & Basic Info". The app must belong to Feishu (China); Feishu and Lark accounts are separate.':
    '请从“凭证与基础信息”复制 App ID 和 App Secret。应用须属于飞书（中国）；飞书与 Lark 账号互不相通。',
  'Copy App ID and App Secret from "Credentials & Basic Info". The app must belong to the configured domain; Feishu and Lark accounts are separate.':
    '请从“凭证与基础信息”复制 App ID 和 App Secret。应用须属于所填域名；飞书与 Lark 账号互不相通。',
  'Encrypt Key and Verification Token are set.': 'Encrypt Key 和 Verification Token 已填写。',
  'Encrypt Key or Verification Token is missing.': '缺少 Encrypt Key 或 Verification Token。',
  'Copy both from "Events & Callbacks", "Encryption Strategy".': '请从“事件与回调”的“加密策略”复制这两项。',
  'Lark did not answer as it should. Check the domain and the network, then test again.': '飞书没有正常响应。请检查域名和网络后重新测试。',
  // DingTalk.
  'DingTalk accepts the Client ID and the Client Secret.': '钉钉接受此 Client ID 和 Client Secret。',
  'DingTalk opens stream connections for this app.': '钉钉允许此应用建立 Stream 连接。',
  'The app has a robot that may send messages.': '应用已有可以发送消息的机器人。',
  'The app may show AI cards.': '应用可以显示 AI 卡片。',
  'Copy Client ID and Client Secret from "Credentials and Basic Info" of the app in the DingTalk developer console.':
    '请从钉钉开发者后台该应用的“凭证与基础信息”复制 Client ID 和 Client Secret。',
  'In the developer console open "Robot", choose the stream mode for receiving messages, and publish a version of the app.':
    '请在开发者后台打开“机器人”，将消息接收模式选为 Stream 模式，并发布应用版本。',
  'In the developer console add the feature "Robot", grant qyapi_robot_sendmsg under "Permissions", enter the robot code if it differs from the Client ID, and publish a version.':
    '请在开发者后台添加“机器人”能力，在“权限管理”开通 qyapi_robot_sendmsg；若机器人编码与 Client ID 不同请填写，并发布版本。',
  'In the developer console grant Card.Instance.Write and Card.Streaming.Write under "Permissions" and publish a version of the app. Until then answers come as messages, in one piece.':
    '请在开发者后台的“权限管理”开通 Card.Instance.Write 和 Card.Streaming.Write，并发布应用版本。在此之前，回答以消息一次性发送。',
  'Token and AES key are set.': 'Token 和 AES 密钥已填写。',
  'Token and AES key are set. Cards show no buttons, because no card callback route is set.':
    'Token 和 AES 密钥已填写。未设置卡片回调路由，卡片不显示按钮。',
  'Token or AES key is missing.': '缺少 Token 或 AES 密钥。',
  'Copy both from "Event subscription" of the app in the DingTalk developer console.': '请从钉钉开发者后台该应用的“事件订阅”复制这两项。',
  'DingTalk did not answer as it should. Check the base URLs and the network, then test again.':
    '钉钉没有正常响应。请检查基础地址和网络后重新测试。',
  "Add this server's public address to the app's list of allowed addresses in the DingTalk developer console.":
    '请在钉钉开发者后台将此服务器的公网地址加入该应用的 IP 白名单。',
  // WeCom.
  'Copy Bot ID and Secret from the API settings of the bot (long connection) again; a new secret makes the old one invalid.':
    '请从机器人的 API 设置（长连接）重新复制 Bot ID 和 Secret；新 Secret 会使旧的失效。',
  'See that this server may open connections to openws.work.weixin.qq.com on port 443, and check the address in the settings.':
    '请确认此服务器可以连接 openws.work.weixin.qq.com 的 443 端口，并检查设置中的地址。',
  'The bot is connected with another secret than this one.': '机器人正以另一个 Secret 连接。',
  'If this secret is the newer one, restart the connection.': '若此 Secret 较新，请重启连接。',
  'The live connection was accepted with these credentials.': '现有连接已用此凭证通过验证。',
  'Not tried: a log-in would take the connection away from whoever has it. The status shows whether it succeeds.':
    '未尝试：登录会抢占现有连接。状态会显示是否成功。',
  'WeCom accepts the bot id and the secret.': '企业微信接受此 Bot ID 和 Secret。',
  'WeCom did not answer the log-in within {} ms.': '企业微信在 {} 毫秒内没有响应登录。',
  'Copy Token and EncodingAESKey (43 letters and digits) from "Receive messages" in the WeCom console, both again.':
    '请从企业微信管理后台的“接收消息”重新复制 Token 和 EncodingAESKey（43 个字母和数字）。',
  'Token and EncodingAESKey can be used.': 'Token 和 EncodingAESKey 可用。',
  'WeCom accepts the corp id and the secret.': '企业微信接受此企业 ID 和 Secret。',
  'The application exists and may be used from this address.': '应用存在，且可从此地址使用。',
  'Copy the corp id from "My company" and the secret from the application\'s own page in the WeCom console; each application has its own secret.':
    '请从“我的企业”复制企业 ID，从企业微信管理后台该应用的页面复制 Secret；每个应用的 Secret 各不相同。',
  "Copy the AgentId from the application's page in the WeCom console, and see that the application is switched on.":
    '请从企业微信管理后台该应用的页面复制 AgentId，并确认应用已启用。',
  'Add this server\'s public address under "Trusted IPs" on the application\'s page in the WeCom console, wait a minute, and test again.':
    '请在企业微信管理后台该应用的页面将此服务器的公网地址加入“企业可信 IP”，等待一分钟后重新测试。',
  'The keys do not fit each other or have the wrong length.': '两个密钥不匹配或长度有误。',
  'WeCom did not answer as it should. Check the network and the API base, then test again.':
    '企业微信没有正常响应。请检查网络和 API 地址后重新测试。',
};
