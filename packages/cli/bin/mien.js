#!/usr/bin/env node
const L=[];globalThis.__t=(n)=>L.push([n,performance.timeOrigin+performance.now()-(+process.env.T0||performance.timeOrigin)]);
__t('boot');process.on('exit',()=>{__t('exit');process.stderr.write('@@'+JSON.stringify(L)+'\n')});
const { main } = await import('../dist/main.js');__t('main loaded');
process.exitCode = await main(process.argv.slice(2));__t('main done');
