// Sends one picture to the service that this page came from, and shows its answer.
const element = (id) => document.getElementById(id);
const [form, state, faces, answer] = ['form', 'state', 'faces', 'answer'].map(element);
element('address').textContent = new URL('v1/analyze', location.href).href;

form.addEventListener('submit', async (event) => {
  event.preventDefault();
  const [picture] = element('picture').files;
  const key = element('key').value;
  state.textContent = 'Reading …';
  faces.hidden = answer.hidden = true;
  try {
    const response = await fetch('v1/analyze', {
      method: 'POST',
      body: picture,
      headers: {
        'content-type': 'application/octet-stream',
        ...(key !== '' && { authorization: `Bearer ${key}` }),
      },
    });
    const body = await response.json();
    if (!response.ok) throw new Error(body.detail);
    show(body);
  } catch (error) {
    state.textContent = error.message;
  }
});

function show(analysis) {
  const count = analysis.faces.length;
  state.textContent = count === 0 ? 'No face was found.' : `${count} ${count === 1 ? 'face' : 'faces'}`;
  faces.hidden = count === 0;
  faces.tBodies[0].replaceChildren(
    ...analysis.faces.map(({ expression, probabilities, quality, unsure }, index) => {
      const row = document.createElement('tr');
      const percent = `${Math.round(probabilities[expression] * 100)} %`;
      for (const text of [
        index + 1,
        unsure ? `${expression} (unsure)` : expression,
        percent,
        quality.verdict,
      ]) {
        row.insertCell().textContent = text;
      }
      return row;
    }),
  );
  answer.hidden = false;
  answer.querySelector('pre').textContent = JSON.stringify(analysis, undefined, 2);
}
