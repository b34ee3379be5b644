#include "server/auth.hpp"
#include "server/editing/layer_body.hpp"
#include "server/geojson.hpp"
#include "server/http/conditional.hpp"
#include "server/http/problem.hpp"
#include "server/limits.hpp"
#include "server/links.hpp"
#include "server/routes/json_body.hpp"
#include "server/routes/parameters.hpp"
#include "server/routes/routes.hpp"
#include "server/schema/validate.hpp"
#include "server/time.hpp"
#include "server/writing.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

/// Layers are made and described by staff. What they hold comes by imports and edits.
namespace keyaki::server {

namespace {

const std::string layer_form =
    R"(A layer is {"id": "parks", "title": {"ja": "公園", "en": "Parks"}, "geometry": "polygon", "visibility": "public", "attribution": "…", )"
    R"("minzoom": 8, "maxzoom": 14, "invalid_geometry": "repair", "properties": [{"name": "kind", "type": "enum", "values": [{"value": "pond", )"
    R"("ja": "池", "en": "Pond"}], "required": true}, {"name": "area_ha", "computed": "area_ha"}], "other_properties": true}; only the id is )"
    R"(required. Types: text, integer, number, boolean, date, enum, url, season.)";

std::string address_of(Application &application, const http::Request &request, const std::string &layer) {
    return fmt::format("{}/collections/{}", base_url(application.settings(), application.port(), request), layer);
}

http::Response description(const data::Layer &layer) {
    nlohmann::ordered_json json = editing::layer_json(layer.spec);
    json["keyaki:revision"] = layer.revision;
    return http::json(200, json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace))
        .with_etag(editing::layer_etag(layer.spec))
        .with_cache_control("private, no-store")
        .with("Keyaki-Revision", fmt::format("{}={}", layer.spec.id, layer.revision));
}

/// 201 with Location and the description; 409 where the id is taken.
http::Response create(Application &application, const http::Request &request, const std::string &author) {
    const data::LayerSpec spec = editing::parse_new_layer(request.body);
    application.store().write([&](data::WriteTransaction &books) { books.create_layer(spec, author, now_us()); });
    data::Layer layer;
    layer.spec = spec;
    http::Response response = description(layer).with("Location", address_of(application, request, spec.id));
    response.status = 201;
    return response;
}

/// Published features that are not as the new schema says: the first of them, by id and property. Values are brought into the schema's types when
/// they are edited or imported; here they are only looked at.
void collect_misfits(data::Store &store, const std::string &layer, const schema::Schema &schema, std::vector<FieldError> &errors) {
    constexpr std::size_t most = 20;
    std::uint64_t misfits = 0;
    store.read_features(layer, data::LayerState::published(), [&](geo::Feature &&feature) {
        const auto findings = schema::validate(schema, feature.properties, schema::Source::json, schema::Missing::leave);
        misfits += findings.empty() ? 0U : 1U;
        for (const schema::Finding &finding : findings) {
            if (errors.size() < most) {
                errors.push_back({"/properties", fmt::format("feature {} does not fit: {}: {}", feature.id, finding.property, finding.detail)});
            }
        }
    });
    if (misfits > 0) {
        errors.push_back({"/properties", fmt::format("{} published features do not fit this schema; edit or import them first", misfits)});
    }
}

/// A schema that is declared is true of every feature. A draft was checked against the schema before: it is published or discarded first.
void require_fitting_features(data::Store &store, const data::Layer &layer, const data::LayerSpec &changed) {
    if (changed.schema == layer.spec.schema || changed.schema.empty()) {
        return;
    }
    if (layer.has_draft) {
        throw geo::Error(geo::ErrorKind::conflict,
                         fmt::format("the schema of layer {} cannot change while it has a draft: publish or discard that first", changed.id));
    }
    const schema::Schema schema = schema::parse_schema_text(changed.schema);
    std::vector<FieldError> errors;
    if (layer.revision > 0) {
        collect_misfits(store, changed.id, schema, errors);
    }
    if (!errors.empty()) {
        throw FieldErrors("the layer", std::move(errors));
    }
}

/// Whether the layer is still as it was when the change was worked out; its features too where they were checked against a new schema.
bool is_same(const data::Layer &now, const data::Layer &seen, const data::LayerSpec &changed) {
    const bool has_same_features = now.revision == seen.revision && !now.has_draft && !seen.has_draft;
    return now.spec == seen.spec && (changed.schema == seen.spec.schema || changed.schema.empty() || has_same_features);
}

/// 200 with the description; 404; 409 for what the layer's features do not allow; 412.
http::Response change(Application &application, const http::Request &request, const std::string &author) {
    const std::string id(request.params.at("layer"));
    const auto layer = application.store().find_layer(id);
    if (!layer) {
        return http::problem(404, {}, fmt::format("There is no layer \"{}\".", id), "not-found");
    }
    if (http::if_match(request, editing::layer_etag(layer->spec)) == http::IfMatch::differs) {
        return http::problem(412, {}, fmt::format("Layer {} is described in another way now than If-Match names; nothing was changed.", id),
                             "version-conflict")
            .with_etag(editing::layer_etag(layer->spec));
    }
    const data::LayerSpec changed = editing::parse_changed_layer(request.body, layer->spec);
    require_fitting_features(application.store(), *layer, changed);
    data::Layer now;
    application.store().write([&](data::WriteTransaction &books) {
        if (const auto present = books.find_layer(id); !present || !is_same(*present, *layer, changed)) {
            throw geo::Error(geo::ErrorKind::conflict, fmt::format("layer {} was changed by somebody else meanwhile; send the change again", id));
        }
        if (!(changed == layer->spec)) {
            books.update_layer(changed, author, now_us());
        }
        now = *books.find_layer(id);
    });
    application.bring_in_changes();
    return description(now);
}

/// 200 with the description as it is changed: for who edits it.
http::Response show(Application &application, const http::Request &request) {
    const std::string id(request.params.at("layer"));
    const auto layer = application.store().find_layer(id);
    return layer ? description(*layer) : http::problem(404, {}, fmt::format("There is no layer \"{}\".", id), "not-found");
}

template <typename Handler>
http::Response answer(Application &application, const http::Request &request, const Handler &handler) {
    const Authorisation who = authorise(application.access(), request, {"layers:write"});
    if (who.refusal) {
        return *who.refusal;
    }
    request.query.require_known({});
    return answer_writing(application.store(), request, [&] { return handler(who.author); });
}

http::Response wrong_media_type(std::string_view wanted) {
    return http::problem(415, {}, fmt::format("A layer is described here as Content-Type: {}.", wanted), "unsupported-media-type");
}

bool is_merge_patch(const http::Request &request) {
    const std::string_view type = request.header("Content-Type");
    return has_json_body(request) || http::equal_ignoring_case(http::trim_blanks(type.substr(0, type.find(';'))), "application/merge-patch+json");
}

} // namespace

void add_layer_routes(http::Router &router, Application &application) {
    router.add(http::Method::post, "/collections",
               [&application](const http::Request &request) {
                   return answer(application, request, [&](const std::string &author) {
                       return has_json_body(request) ? create(application, request, author) : wrong_media_type("application/json");
                   });
               },
               {.body_limit_bytes = max_layer_bytes,
                .name = "layer-create",
                .shed_priority = http::ShedPriority::essential,
                .description = {.summary = "Makes a layer",
                                .details = layer_form,
                                .tag = "Editing",
                                .bodies = {{.media_type = "application/json"}},
                                .answers = {json_answer("The layer's description, its address in Location", R"({"type":"object"})", 201)},
                                .scopes = {"layers:write"}}});
    router.add(http::Method::patch, "/collections/{layer}",
               [&application](const http::Request &request) {
                   return answer(application, request, [&](const std::string &author) {
                       return is_merge_patch(request) ? change(application, request, author) : wrong_media_type("application/merge-patch+json");
                   });
               },
               {.body_limit_bytes = max_layer_bytes,
                .name = "layer-change",
                .shed_priority = http::ShedPriority::essential,
                .description = {.summary = "Changes titles, schema, visibility, attribution or zooms of a layer (RFC 7396)",
                                .details = layer_form,
                                .tag = "Editing",
                                .parameters = {layer_parameter()},
                                .bodies = {{.media_type = "application/merge-patch+json"}, {.media_type = "application/json"}},
                                .answers = {json_answer("The layer's description")},
                                .scopes = {"layers:write"}}});
    router.add(http::Method::get, "/collections/{layer}/description",
               [&application](const http::Request &request) {
                   return answer(application, request, [&](const std::string & /*author*/) { return show(application, request); });
               },
               {.name = "layer-description",
                .description = {.summary = "A layer's description, as it is changed by PATCH, with the ETag for If-Match",
                                .details = layer_form,
                                .tag = "Editing",
                                .parameters = {layer_parameter()},
                                .answers = {json_answer("The layer's description")},
                                .scopes = {"layers:write"}}});
}

} // namespace keyaki::server
