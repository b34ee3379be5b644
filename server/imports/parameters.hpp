#pragma once

#include "server/flows/import.hpp"
#include "server/http/request.hpp"

#include <map>
#include <string>

namespace keyaki::server::imports {

/// What a request for an import says beside the file.
struct ImportParameters {
    LayerImport import; ///< without layer, file and author
    std::string message;
};

/// From the query and the form's fields, which have the same names: encoding, crs, key, lon-column, lat-column, layer-in-file, preset, match (auto,
/// key, place-name), match-radius (metres), mode (replace, merge), conflicts (draft, file, refuse), dry-run (true, false), message. A name stands in
/// one of the two. \throws geo::Error invalid_input naming the parameter
[[nodiscard]] ImportParameters parse_parameters(const http::QueryParameters &query, const std::map<std::string, std::string> &fields);

} // namespace keyaki::server::imports
