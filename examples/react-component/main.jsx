// An app around the component: a button for the camera, and the expressions as a list.
import { StrictMode, useState } from 'react';
import { createRoot } from 'react-dom/client';
import { FaceCamera } from './FaceCamera.jsx';

function App() {
  const [isOn, setIsOn] = useState(false);
  const [faces, setFaces] = useState(/** @type {readonly import('@mien/web').Face[]} */ ([]));
  return (
    <>
      <button type="button" onClick={() => setIsOn(!isOn)}>
        {isOn ? 'Stop' : 'Start'} the camera
      </button>
      {isOn && <FaceCamera onResult={(result) => setFaces(result.faces)} />}
      <ul>
        {isOn &&
          faces.map((face, index) => <li key={face.id ?? -index}>{(face.smoothed ?? face).expression}</li>)}
      </ul>
    </>
  );
}

createRoot(/** @type {HTMLElement} */ (document.getElementById('root'))).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
