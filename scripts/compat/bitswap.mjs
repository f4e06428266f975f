// Fetches a blob from one peer over /ipfs/bitswap/1.2.0 with helia's Bitswap on js-libp2p (TCP, noise, yamux), as any
// program of the IPFS world would: node bitswap.mjs MULTIADDR CID FILE. Every block is verified by helia; the whole is
// written to FILE. Prints `BYTES BLOCKS MILLISECONDS`.
import { createWriteStream } from 'node:fs'
import { once, setMaxListeners } from 'node:events'
import { finished } from 'node:stream/promises'
import { noise } from '@chainsafe/libp2p-noise'
import { yamux } from '@chainsafe/libp2p-yamux'
import { withBitswap } from '@helia/bitswap'
import { identify } from '@libp2p/identify'
import { tcp } from '@libp2p/tcp'
import { multiaddr } from '@multiformats/multiaddr'
import { MemoryBlockstore } from 'blockstore-core/memory'
import { exporter } from 'ipfs-unixfs-exporter'
import { createLibp2p } from 'libp2p'
import { CID } from 'multiformats/cid'
import { sha256 } from 'multiformats/hashes/sha2'

// The whole fetch; a block that nobody sends must not hold the caller for ever.
const PATIENCE_MS = 120_000

const [address, name, file] = process.argv.slice(2)
const cid = CID.parse(name)
const signal = AbortSignal.timeout(PATIENCE_MS)
setMaxListeners(0, signal)

const libp2p = await createLibp2p({
	addresses: { listen: [] },
	transports: [tcp()],
	connectionEncrypters: [noise()],
	streamMuxers: [yamux()],
	services: { identify: identify() }
})
// As much of a helia node as its Bitswap asks for: it gives itself as a mixin, and the mixin as a broker of blocks.
let mixin, bitswap
const helia = {
	status: 'starting',
	addMixin: given => { mixin = given },
	hasBlockBroker: () => false,
	addBlockBroker: given => { bitswap = given },
	libp2p,
	blockstore: new MemoryBlockstore(),
	logger: libp2p.logger,
	routing: { findProviders: async function * () {} },
	getHasher: async () => sha256
}
withBitswap(helia)
await mixin.start(helia)
const begin = performance.now()
const connection = await libp2p.dial(multiaddr(address), { signal })
console.error(`connected to ${connection.remotePeer} over ${connection.encryption} and ${connection.multiplexer}`)

let blocks = 0
const network = {
	async * get (cid, options) {
		yield await bitswap.retrieve(cid, { ...options, signal })
		blocks++
	}
}
const out = createWriteStream(file)
let bytes = 0
const entry = await exporter(cid, network, { signal })
// One at a time: see docs/dapps.md.
for await (const part of entry.content({ blockReadConcurrency: 1 })) {
	bytes += part.length
	if (!out.write(part)) await once(out, 'drain')
}
out.end()
await finished(out)
console.log(`${bytes} ${blocks} ${Math.round(performance.now() - begin)}`)
await bitswap.stop()
await libp2p.stop()
