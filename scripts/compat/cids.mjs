// Names files as IPFS names them, with the JavaScript importer: prints `SIZE CID` for each file named on the command line.
// The choices are those of `ipfs add --cid-version=1 --chunker=size-1048576`, which Ergon's blobs follow.
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { BlackHoleBlockstore } from 'blockstore-core/black-hole'
import { importByteStream } from 'ipfs-unixfs-importer'
import { fixedSize } from 'ipfs-unixfs-importer/chunker'
import { balanced } from 'ipfs-unixfs-importer/layout'

const CHUNK = 1024 * 1024
const LINKS = 174

for (const path of process.argv.slice(2)) {
	const { cid } = await importByteStream(createReadStream(path), new BlackHoleBlockstore(), {
		cidVersion: 1,
		rawLeaves: true,
		reduceSingleLeafToSelf: true,
		chunker: fixedSize({ chunkSize: CHUNK }),
		layout: balanced({ maxChildrenPerNode: LINKS })
	})
	console.log(`${(await stat(path)).size} ${cid}`)
}
