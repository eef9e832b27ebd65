/** The model's manifest.json: what goes in, what comes out, licence and provenance. */
export declare const manifestUrl: URL;
/** The file that the manifest names as its weights. */
export declare const weightsUrl: URL;
