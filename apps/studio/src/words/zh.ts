/** 窗口的全部文字，简体中文。 */
import { EXPRESSIONS } from '../../../shared/words/expressions.js';
import type { Words } from './en.js';
import { listNames, nameOnce } from './quantities.js';
import { zhVideo } from './zh-video.js';

export const zh: Words = {
  language: '简体中文',
  title: 'Mien 工作室',
  tagline: '识别面部表情，一切都留在本机。',

  doors: {
    question: '想打开什么？',
    camera: '摄像头',
    cameraHint: '本机实时画面，开始前会先询问。',
    files: '图片或视频',
    filesHint: '选择文件，拖放到任意位置，或粘贴。',
    example: '示例',
    exampleHint: 'NASA 的一张肖像，公有领域。',
    teach: '或训练自己的网络：自定标签，自选图片 →',
    drop: '松开即可打开',
  },

  rail: {
    source: '来源',
    models: '模型',
    detector: '人脸检测器',
    privacy: '隐私',
    fold: '收起侧栏',
    unfold: '展开侧栏',
    openFiles: '打开文件…',
    openFolder: '打开文件夹…',
    startCamera: '启动摄像头',
    stop: '停止',
    pause: '暂停',
    resume: '继续',
    mirror: '镜像',
    device: '摄像头',
    frontCamera: '默认摄像头',
    teach: '训练网络…',
    send: '发送到服务…',
    detectors: {
      'blazeface-short-range': 'BlazeFace',
      'haar-frontalface': 'Haar 级联',
    },
  },

  detectorHints: {
    'blazeface-short-range': '快速；可检测图片中 24 像素起的人脸，偏转也可。',
    'haar-frontalface': '论文所用；正面人脸。',
  },

  models: {
    accuracyOn: (percent: string, data: string) => `${data} 上 ${percent} %`,
    parameters: '个参数',
    input: '输入',
    run: (name: string, count: number) => `训练 ${name}（${count}）`,
    epoch: (epoch: number) => `第 ${epoch} 轮`,
    valAccuracy: (percent: string) => `验证准确率 ${percent} %`,
    best: { val_accuracy: '验证准确率最高', val_loss: '验证损失最低' },
    add: '添加模型文件…',
    compare: '比较',
    mostCompared: (count) => `最多同时比较 ${count} 个模型。`,
    layers: '网络层',
    remove: '移除',
    loading: '正在加载…',
    yours: '你的文件',
    askLabels: '该文件没有说明各个输出的含义。',
    labels: '按输出顺序填写标签，用逗号分隔',
    range: '黑与白在输入端对应的数值',
    open: '打开',
    cancel: '取消',
    compared: ({ models, faces, differing }) => {
      if (faces === 1) return `${models} 个模型对这张人脸的读数${differing > 0 ? '不' : ''}一致。`;
      return differing > 0
        ? `${faces} 张人脸中，模型对 ${differing} 张的读数不一致。`
        : `${models} 个模型对全部 ${faces} 张人脸的读数一致。`;
    },
  },

  face: {
    panel: '选中的人脸',
    none: '没有人脸',
    reading: '正在识别…',
    noneHint: '靠近一些，正对镜头，或增加光线。',
    choose: '打开内容后，人脸显示在这里。',
    face: (name) => `人脸 ${name}`,
    seen: '网络实际看到的人脸',
    notKept: '没有保留这张人脸的画面，或已被隐藏',
    good: '人脸画面良好',
    unsure: '不确定',
    reasons: {
      margin: '没有明显领先的表情',
      small: '人脸太小',
      blurred: '人脸模糊',
      dark: '人脸太暗',
      bright: '人脸太亮',
      turned: '人脸偏转',
      covered: '人脸被遮挡',
      cutOff: '人脸被边缘截断',
      notAFace: '可能不是人脸',
    },
    count: (count) => `${count} 张人脸`,
    announce: (name, expression, percent) => `人脸 ${name}：${expression}，${percent} %`,
  },

  expressions: EXPRESSIONS.zh,

  camera: {
    title: '启动摄像头之前',
    notice: [
      '画面只在本页面、本机上分析，不发送，不保存。',
      '请确认画面中的每个人都知情并同意。',
      '读数只说明面部的表情，不代表一个人的想法或品格。',
    ],
    start: '启动摄像头',
    cancel: '暂不',
    live: '摄像头已开启',
    paused: '已暂停',
    asleep: '摄像头没有画面，正在等待',
    rate: '帧/秒',
    latency: '毫秒',
    problems: {
      denied: '此页面无权使用摄像头。请在地址栏旁允许后重试。',
      missing: '没有找到摄像头。请接上后重试。',
      busy: '摄像头正被其他程序使用。请关闭该程序后重试。',
      unsuitable: '无法使用此摄像头，请选择另一个。',
      insecure: '浏览器只允许 https:// 页面和本机（localhost）使用摄像头。',
      lost: '摄像头已断开，或权限已被收回。',
      failed: '摄像头无法启动。',
    },
  },

  timeline: {
    title: '时间线',
    reading: '正在识别视频',
    nobody: '还没有跟踪到人脸。',
    more: (count) => `另有 ${count} 张`,
    mark: '标记',
    markHint: '标记此刻（B）。在轨道上拖动可选择一段。',
    marks: '标记的时刻',
    note: '备注',
    removeMark: '删除标记',
    nobodySeen: '这一段没有跟踪到人脸。',
    clearSpan: '取消选择',
  },

  ...zhVideo,

  why: {
    ask: '为什么？显示结果取决于哪里',
    busy: '正在测量…',
    where: (expression, regions) =>
      regions.length === 0
        ? `这张裁剪图中没有支持“${expression}”的部分。`
        : `“${expression}”主要取决于：${regions.join('、')}。`,
    regions: {
      upperLeft: '左上',
      upper: '上方中间',
      upperRight: '右上',
      left: '左侧中间',
      centre: '中央',
      right: '右侧中间',
      lowerLeft: '左下',
      lower: '下方中间',
      lowerRight: '右下',
    },
    little: '少',
    most: '多',
    caution: '它显示网络的结果取决于哪里，不是原因，也不说明这个人怎样。',
    methods: {
      'hires-cam': '方法：HiResCAM（梯度）。',
      'layer-cam': '方法：LayerCAM（梯度）。',
      'grad-cam': '方法：Grad-CAM（梯度）。',
      occlusion: '方法：遮挡（依次遮住每一部分）。',
    },
    tested: (faces, hottest, random) =>
      `在 ${faces} 张人脸上检验：遮住最热的五分之一，概率平均下降 ${hottest} 个百分点；随机遮住五分之一，下降 ${random} 个百分点。`,
    untested: '未检验过这个模型：可用“mien evaluate --faithfulness”检验。',
  },

  session: {
    withoutPictures: '保存时未包含图片',
    noPictureHere: '未保存此时刻的画面。已标记的时刻有画面。',
    ofCamera: '摄像头会话',
    notRecorded: '未录制视频。识别结果在下方：可保存，也可清除。',
    poster: '此时刻的画面',
  },

  unsaved: {
    title: '先保存吗？',
    lost: '新打开的内容将取代当前内容。以下内容尚未保存，将会丢失：',
    session: (time, marks) => `摄像头会话：${time} 的读数${marks === 0 ? '' : `，${marks} 个标记的时刻`}`,
    video: (time, size) => `录制的视频：${time}，${size}`,
    edits: (name) => `${name}：标记、名字、隐藏或合并的人脸`,
    saveSession: '保存会话',
    saveVideo: '保存视频',
    discard: '放弃',
    cancel: '取消',
  },

  people: {
    name: '名字（只留在本机）',
    hide: '隐藏这张人脸',
    show: '显示这张人脸',
    same: '与此人相同',
    noOther: '没有其他人',
    separate: '重新分开',
    seenTogether: (one, other) => `${one} 和 ${other} 曾同时出现，所以是两个人。`,
  },

  gallery: {
    title: '图片',
    reading: (done, total) => `正在识别 ${done}/${total}`,
    noFace: '没有人脸',
  },

  export: {
    title: '保存',
    report: '报告（单个 HTML 页面）',
    csv: '表格 (CSV)',
    json: 'JSON',
    ndjson: 'JSON 行',
    vtt: '字幕 (WebVTT)',
    image: '带人脸标记的图片 (PNG)',
    session: '会话（可再次打开）',
    largeSession: (size: string) => `保存会话：${size}`,
    withPictures: '包含图片',
    withSmallPictures: '包含人脸和标记时刻的小图',
    hiddenInPictures: '保存的图片中仍可看到隐藏的人脸。',
  },

  privacy: {
    promise: '打开的内容和读数只留在本页面：不发送，不保存。',
    promiseOfService: '打开的内容和读数只留在本页面，除非你把它发送到服务。这里不保存任何内容。',
    remember: '在此浏览器中记住我的设置',
    notRemembered: '设置未被记住：此浏览器不为本页保存内容，或空间已满。',
    offline: '可离线使用。',
    wipe: '停止并清除一切',
    wiped: '一切都已清除。',
    wipeAll: '清除，并移除程序文件',
    wipeAllHint: '浏览器保存了程序自身的文件以便离线使用，这些文件也会被移除。',
    wipedAll: '一切都已清除，程序文件也已从此浏览器移除。',
  },

  about: {
    title: '它不是什么',
    paragraphs: [
      'Mien 说出画面中面部所呈现的表情。它不知道一个人的感受、想法、意图或品格。同样的表情在不同情境和文化中含义不同。',
      '在用来衡量它的图片（FER2013）上，它大约每三次错一次；对太小、太暗、模糊或偏转的人脸，以及与训练数据不同的人脸，错误更多。FER2013 于 2013 年由网络搜索收集，标签是他人的判断，其中有谁并不清楚。',
      '不要用它评判人：不得用于招聘、教育、执法、保险、信贷、测谎或诊断。',
      '欧盟《人工智能法》（2024/1689 号条例第 5 条）禁止在工作场所和教育中推断情绪的系统，医疗和安全原因除外；在其他场合必须告知当事人（第 50 条）。其他国家有各自的法律。',
    ],
    close: '关闭',
  },

  keys: {
    title: '快捷键',
    list: [
      ['O', '打开文件'],
      ['C', '启动或停止摄像头'],
      ['空格', '暂停或继续'],
      ['M', '镜像'],
      ['B', '标记视频或摄像头的这一刻'],
      ['← →', '上一张或下一张图片；视频中后退或前进一秒'],
      ['[ ]', '选区的起点或终点'],
      ['Tab', '在人脸之间切换'],
      ['T', '浅色或深色'],
      ['Esc', '关闭打开的面板'],
      ['?', '此列表'],
    ],
  },

  settings: { theme: '浅色或深色', language: '语言', help: '快捷键', about: '它不是什么' },

  problems: {
    title: '未能打开',
    unreadable: (name) => `${name}：此浏览器无法将它解码为图片。请转换为 JPEG 或 PNG 后再打开。`,
    empty: (name) => `${name}：文件为空（0 字节）。请重新复制或下载。`,
    damaged: (name) => `${name}：文件已损坏或不完整。请重新复制或下载。`,
    notMedia: (name) => `${name}：它不是图片或视频。`,
    tooLarge: (name) => `${name}：太大（上限为 1 亿像素）。请缩小后再打开。`,
    tooMuch: (name) => `${name}：浏览器在识别它时结束了引擎。请缩小图片。`,
    leftOut: (names) => `不能与其余文件一起显示，未打开：${listNames(names, '等另外')}。`,
    restarted: (name) => `${name}：引擎意外结束，已重新启动。`,
    ended: (name) => `${name}：引擎连续两次意外结束。请关闭其他标签页，然后重新选择模型。`,
    other: (name, message) => nameOnce(name, message),
    dismiss: '关闭',
    start: '引擎无法在此浏览器中启动。',
  },
};
