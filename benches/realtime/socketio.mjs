// The peer: socket.io's own server. It takes messages over HTTP, keeps nothing, and gives each
// to the sockets of a room. Prints its address when it listens.
import { createServer } from 'node:http';
import { Server } from 'socket.io';

const http = createServer();
const io = new Server(http, { path: '/APP-1/', perMessageDeflate: false });
const rooms = io.of('/APP-1');
rooms.on('connection', (socket) => {
  socket.on('SUB_ON', ({ id }) => {
    socket.join('default');
    socket.emit('SUB_READY', { id });
  });
});

function publish(request, response) {
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', () => {
    const message = JSON.parse(Buffer.concat(chunks));
    const envelope = { messageId: 'message:1', timestamp: Date.now(), ...message };
    rooms.to('default').emit('SUB_RES', { id: 's', data: envelope });
    response.writeHead(200, { 'content-length': 2 }).end('{}');
  });
}

// Before socket.io's own listener, which would take every path below `/APP-1/`.
const others = http.listeners('request');
http.removeAllListeners('request');
http.on('request', (request, response) => {
  if (request.method === 'POST' && request.url.includes('/messaging/')) publish(request, response);
  else for (const listener of others) listener.call(http, request, response);
});
http.listen(0, '127.0.0.1', () => console.log(`http://127.0.0.1:${http.address().port}`));
