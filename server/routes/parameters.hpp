#pragma once

#include "server/http/route_description.hpp"

#include <string>

/// Parameters that several routes have, described once (server/http/route_description.hpp says how a route uses them).
namespace keyaki::server {

[[nodiscard]] http::ParameterDescription layer_parameter();       ///< {layer}
[[nodiscard]] http::ParameterDescription feature_parameter();     ///< {id} of a feature
[[nodiscard]] http::ParameterDescription layers_parameter();      ///< {layers} of tiles
[[nodiscard]] http::ParameterDescription limit_parameter();       ///< limit, of items
[[nodiscard]] http::ParameterDescription bbox_parameter();        ///< bbox
[[nodiscard]] http::ParameterDescription bbox_crs_parameter();    ///< bbox-crs
[[nodiscard]] http::ParameterDescription crs_parameter();         ///< crs, of what is answered
[[nodiscard]] http::ParameterDescription datetime_parameter();    ///< datetime
[[nodiscard]] http::ParameterDescription after_parameter();       ///< after, the token of a page
[[nodiscard]] http::ParameterDescription filter_parameter();      ///< filter
[[nodiscard]] http::ParameterDescription filter_lang_parameter(); ///< filter-lang
[[nodiscard]] http::ParameterDescription filter_crs_parameter();  ///< filter-crs
[[nodiscard]] http::ParameterDescription sortby_parameter();      ///< sortby
[[nodiscard]] http::ParameterDescription format_parameter();      ///< f, json or html
[[nodiscard]] http::ParameterDescription idempotency_key_parameter();
/// A path's parameter that stands with one route alone.
[[nodiscard]] http::ParameterDescription path_parameter(std::string name, std::string text, std::string schema = R"({"type":"string"})");

/// 200 with JSON, and with HTML too where the route makes pages.
[[nodiscard]] http::AnswerDescription json_answer(std::string text, std::string schema = R"({"type":"object"})", int status = 200);
[[nodiscard]] http::AnswerDescription document_answer(std::string text, std::string schema = R"({"type":"object"})");

} // namespace keyaki::server
