/** The texts of sending to a service. They are loaded with the sheet. */
import { computed } from '@preact/signals';
import { settings } from '../state/settings.js';

const en = {
  title: 'Send to the service',
  pictures: (count: number, size: string) =>
    count === 1 ? `1 picture, ${size}` : `${count} pictures, ${size}`,
  video: (name: string, size: string) => `The video ${name}, ${size}`,
  notice: (host: string) =>
    `It leaves this device and goes to the service at ${host}. There it is read with the service’s own model and deleted when that is done; results are kept for 7 days. Who runs the service can see them.`,
  consent: 'Only send it if everyone who is shown knows and agrees.',
  hidden: 'Hidden faces are sent as well: the files go as they are.',
  send: 'Send',
  notNow: 'Not now',
  sending: (percent: number) => `Sending… ${percent} %`,
  stop: 'Stop',
  sent: 'It was sent. The service reads it now, also when this window is closed.',
  open: 'Open the job',
  close: 'Close',
  key: 'Key of the service',
  keyHint: 'The service asks for a key. It is kept until this tab is closed.',
};

const zh: typeof en = {
  title: '发送到服务',
  pictures: (count, size) => `${count} 张图片，${size}`,
  video: (name, size) => `视频 ${name}，${size}`,
  notice: (host) =>
    `内容将离开本设备，发送到位于 ${host} 的服务。服务用自己的模型读取，读取完成后删除文件；结果保留 7 天。运行该服务的人可以看到结果。`,
  consent: '只有在画面中的每个人都知情并同意时才发送。',
  hidden: '隐藏的人脸也会被发送：文件按原样发送。',
  send: '发送',
  notNow: '暂不',
  sending: (percent) => `正在发送… ${percent} %`,
  stop: '停止',
  sent: '已发送。服务正在读取，关闭本窗口也不影响。',
  open: '打开任务',
  close: '关闭',
  key: '服务的密钥',
  keyHint: '服务需要密钥。密钥保留到关闭此标签页为止。',
};

export const sendWords = computed(() => ({ en, zh })[settings.value.language]);
