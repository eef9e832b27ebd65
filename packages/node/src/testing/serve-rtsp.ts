/** A small RTSP server for one client over TCP; ffmpeg makes the packets of a looped video in real time. */
import { spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';

export interface RtspServer {
  readonly url: string;
  /** Closes the connection in the middle of the stream. */
  close(): void;
}

/** Ref: RFC 2326: OPTIONS, DESCRIBE, SETUP, PLAY; packets interleaved as of section 10.12. */
export async function serveRtsp(video: string): Promise<RtspServer> {
  const packets = createSocket('udp4');
  packets.bind(0, '127.0.0.1');
  await once(packets, 'listening');
  const into = `rtp://127.0.0.1:${packets.address().port}`;
  const source = ['-v', 'error', '-nostdin', '-re', '-stream_loop', '-1', '-i', video];
  const ffmpeg = spawn('ffmpeg', [...source, '-an', '-c', 'copy', '-f', 'rtp', into]);
  const [said] = (await once(ffmpeg.stdout, 'data')) as [Buffer];
  const description = `${said
    .toString()
    .replace(/^SDP:\s*/, '')
    .replace(/m=video \d+/, 'm=video 0')
    .trimEnd()}\r\na=control:track\r\n`;

  let reader: Socket | undefined;
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.on('data', (bytes) => {
      for (const request of bytes.toString('latin1').split('\r\n\r\n')) {
        const [, method = '', number = ''] = /^([A-Z_]+) [\s\S]*CSeq: *(\d+)/i.exec(request) ?? [];
        if (number === '') continue;
        const head = `RTSP/1.0 200 OK\r\nCSeq: ${number}\r\nSession: 1\r\n`;
        const answers: Readonly<Record<string, string>> = {
          OPTIONS: 'Public: OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN\r\n\r\n',
          DESCRIBE: `Content-Type: application/sdp\r\nContent-Length: ${description.length}\r\n\r\n${description}`,
          SETUP: 'Transport: RTP/AVP/TCP;unicast;interleaved=0-1\r\n\r\n',
        };
        socket.write(head + (answers[method] ?? '\r\n'));
        if (method === 'PLAY') reader = socket;
      }
    });
  });
  packets.on('message', (packet) => {
    const head = Buffer.from([0x24, 0, packet.length >> 8, packet.length & 0xff]);
    reader?.write(Buffer.concat([head, packet]));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `rtsp://127.0.0.1:${(server.address() as AddressInfo).port}/live`,
    close() {
      ffmpeg.kill('SIGKILL');
      packets.close();
      reader?.destroy();
      server.close();
    },
  };
}
