/** The texts of networks, of videos and of recording, in Simplified Chinese. */
import type { enVideo } from './en-video.js';

export const zhVideo: typeof enVideo = {
  network: {
    title: (name: string) => `${name} 的网络层`,
    totals: (layers: number, parameters: string, macs: string) =>
      `${layers} 层 · ${parameters} 个参数 · 每张脸 ${macs} 次乘法`,
    view: '显示方式',
    drawing: '结构图',
    list: '列表',
    choose: '选择一层，查看其形状、参数和设置。',
    zoomIn: '放大 (+)',
    zoomOut: '缩小 (−)',
    fit: '适合宽度',
    layer: '层',
    settings: '设置',
    input: '输入',
    output: '输出',
    parameters: '参数',
    multiplications: '乘法次数',
    share: '乘法占比',
  },

  video: {
    annotated: '带标注的视频',
    recorded: '录制的视频',
    covered: '隐藏人脸已遮盖的视频',
    waitForReading: '视频读取完成后可用。',
    cannotEncode: '此浏览器无法编码视频（缺少 WebCodecs）。',
    writing: '正在写入视频',
    left: (time: string) => `剩余 ${time}`,
    cancel: '取消',
    lostSound: (reason: string) => `视频已保存，但没有声音（${reason}）。`,
    unreadable: (name: string, what: string, command: string) =>
      `${name}：此浏览器无法解码 ${what}。“mien analyze” 可以读取；或转换为各浏览器都能读取的文件：${command}`,
    noPictures: (name) => `${name}：其中没有画面，只有声音。`,
    noVideo: (name) =>
      `${name}：其中没有可识别的视频：文件为空、已损坏或是别的内容。如果播放器能播放，可试“mien analyze”。`,
  },

  record: {
    video: '同时录制视频',
    again: '重新录制（上一段将丢弃）',
    hint: '视频只在内存中，清除或关闭后即消失。停止后，它与录制期间的读数一起显示。',
    running: '正在录制。画面中的每个人都应知情。',
    kept: (time: string, size: string) => `内存中有 ${time}，${size}。停止摄像头后可查看和保存。`,
    sign: '录制中',
    failed: (message: string) => `此浏览器无法录制摄像头（${message}）。`,
  },
};
