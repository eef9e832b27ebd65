// A component that shows the camera with the faces drawn over it, and releases everything when it is unmounted.
import { createAnalyzer, drawFaces, openCamera } from '@mien/web';
import { useEffect, useRef, useState } from 'react';

/**
 * @param {object} props
 * @param {(result: import('@mien/web').Analysis) => void} [props.onResult]
 */
export function FaceCamera({ onResult }) {
  const canvas = useRef(/** @type {HTMLCanvasElement | null} */ (null));
  const report = useRef(onResult);
  const [problem, setProblem] = useState('');

  useEffect(() => {
    report.current = onResult;
  }, [onResult]);

  useEffect(() => {
    // One signal cancels everything: loading, opening the camera, and watching it.
    const controller = new AbortController();
    const { signal } = controller;
    const fail = (/** @type {Error} */ error) => {
      if (!signal.aborted) setProblem(error.message);
    };
    const start = async () => {
      const analyzer = await createAnalyzer({ signal });
      signal.addEventListener('abort', () => analyzer.dispose());
      const camera = await openCamera({ signal, onLost: fail });
      const context = canvas.current?.getContext('2d');
      if (!context) return;
      const show = (/** @type {import('@mien/web').Analysis} */ result) => {
        drawFaces(context, result, { image: camera.video, mirror: true });
        report.current?.(result);
      };
      analyzer.watch(camera.video, show, { signal, onError: fail });
    };
    start().catch(fail);
    return () => controller.abort();
  }, []);

  return problem === '' ? <canvas ref={canvas} /> : <p role="alert">{problem}</p>;
}
