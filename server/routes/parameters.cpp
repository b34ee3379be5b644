#include "server/routes/parameters.hpp"

#include "server/limits.hpp"

#include <fmt/format.h>

#include <utility>

namespace keyaki::server {

namespace {

using http::ParameterDescription;

ParameterDescription shared_in_path(std::string name, std::string text) {
    ParameterDescription parameter = path_parameter(std::move(name), std::move(text));
    parameter.is_shared = true;
    return parameter;
}

ParameterDescription shared_in_query(std::string name, std::string text, std::string schema) {
    return {.name = std::move(name), .text = std::move(text), .schema = std::move(schema), .is_shared = true};
}

} // namespace

ParameterDescription path_parameter(std::string name, std::string text, std::string schema) {
    return {.place = ParameterDescription::Place::path,
            .name = std::move(name),
            .text = std::move(text),
            .schema = std::move(schema),
            .is_required = true};
}

ParameterDescription layer_parameter() { return shared_in_path("layer", "A layer, or one of its revisions: shelters, shelters@7"); }

ParameterDescription feature_parameter() { return shared_in_path("id", "A feature's id"); }

ParameterDescription layers_parameter() { return shared_in_path("layers", "Layers parted by commas, or city for all public ones"); }

ParameterDescription limit_parameter() { // Part 1, 7.15.2; QGIS reads its maximum and default from the components
    return shared_in_query("limit", "Features on one page; more than the maximum is the maximum.",
                           fmt::format(R"({{"type":"integer","minimum":1,"maximum":{},"default":{}}})", max_page_features, default_page_features));
}

ParameterDescription bbox_parameter() { // Part 1, 7.15.3
    return shared_in_query("bbox",
                           "Only features that meet the box: four numbers, or six with heights that are not looked at; west, south, east, north in "
                           "degrees (CRS84). A west greater than the east goes over the antimeridian.",
                           R"({"type":"array","minItems":4,"maxItems":6,"items":{"type":"number"}})");
}

ParameterDescription bbox_crs_parameter() { // Part 2, 7.3
    return shared_in_query("bbox-crs", "The CRS of bbox, by its URI, in the authority's order of axes; CRS84 without it.",
                           R"({"type":"string","format":"uri","default":"http://www.opengis.net/def/crs/OGC/1.3/CRS84"})");
}

ParameterDescription crs_parameter() { // Part 2, 7.4
    return shared_in_query("crs", "The CRS of the answer's coordinates, by its URI, one of the layer's list, in the authority's order of axes.",
                           R"({"type":"string","format":"uri","default":"http://www.opengis.net/def/crs/OGC/1.3/CRS84"})");
}

ParameterDescription datetime_parameter() { // Part 1, 7.15.4
    return shared_in_query(
        "datetime",
        "Only features with a time within it: an RFC 3339 instant or day, or an interval of two with / between them; .. is an open "
        "end, and a duration such as P2D may stand for one of the two. Days are those of Japan. Features without a time match.",
        R"({"type":"string"})");
}

ParameterDescription after_parameter() {
    return shared_in_query("after", "Where the page begins, as the link to the next page has it.", R"({"type":"string"})");
}

ParameterDescription filter_parameter() { // Part 3, 8.2
    return shared_in_query(
        "filter",
        "Only features for which this expression of CQL2 is true; it may name what /collections/{layer}/queryables lists. Those may "
        "be parameters of their own too: name=value.",
        R"({"type":"string"})");
}

ParameterDescription filter_lang_parameter() { // Part 3, 8.3
    return shared_in_query("filter-lang", "The encoding of filter.", R"({"type":"string","enum":["cql2-text","cql2-json"],"default":"cql2-text"})");
}

ParameterDescription filter_crs_parameter() { // Part 3, 8.4
    return shared_in_query("filter-crs",
                           "The CRS of the coordinates in filter, by its URI, one of the layer's list, in the authority's order of axes.",
                           R"({"type":"string","format":"uri","default":"http://www.opengis.net/def/crs/OGC/1.3/CRS84"})");
}

ParameterDescription sortby_parameter() { // Part 8 (draft)
    return shared_in_query(
        "sortby",
        "Names of queryables, each with + (or nothing) for ascending or - for descending order. Features without a value come last; "
        "where all values are the same, ids decide.",
        R"({"type":"array","minItems":1,"items":{"type":"string","pattern":"[+-]?.+"}})");
}

ParameterDescription format_parameter() {
    return shared_in_query("f", "The form of the answer, whatever Accept says.", R"({"type":"string","enum":["json","html"]})");
}

ParameterDescription idempotency_key_parameter() {
    return {.place = ParameterDescription::Place::header,
            .name = "Idempotency-Key",
            .text = "1 to 200 visible ASCII characters, made anew for each attempt; the same one again gets the same answer.",
            .is_required = true,
            .is_shared = true};
}

http::AnswerDescription json_answer(std::string text, std::string schema, int status) {
    return {status, std::move(text), {{"application/json", std::move(schema)}}};
}

http::AnswerDescription document_answer(std::string text, std::string schema) {
    return {200, std::move(text), {{"application/json", std::move(schema)}, {"text/html", R"({"type":"string"})"}}};
}

} // namespace keyaki::server
