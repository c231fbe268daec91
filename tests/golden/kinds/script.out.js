/*
 * Groesse → Größe, £ and ✓ 🚀
 */
function preSavePage (options) {
	// yes: no, null, 0123
	for (let record of options.data) {
		record.sku = record.sku.replace(/\s+$/, '')   
		record.note = "{{{record.note}}}"
	}
	return { data: options.data, errors: options.errors, abort: false }
}

function postMap(options) { return options.postMapData.map((d) => ({ data: d })) }


