#include "geo/reproject.hpp"

#include "geo/error.hpp"
#include "geo/limits.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <proj.h>

namespace keyaki::geo {

namespace {

struct ContextDeleter {
    void operator()(PJ_CONTEXT *context) const noexcept { proj_context_destroy(context); }
};
using Context = std::unique_ptr<PJ_CONTEXT, ContextDeleter>;

struct ObjectDeleter {
    void operator()(PJ *object) const noexcept { proj_destroy(object); }
};
using Object = std::unique_ptr<PJ, ObjectDeleter>;

struct ObjectListDeleter {
    void operator()(PJ_OBJ_LIST *list) const noexcept { proj_list_destroy(list); }
};
using ObjectList = std::unique_ptr<PJ_OBJ_LIST, ObjectListDeleter>;

struct FactoryDeleter {
    void operator()(PJ_OPERATION_FACTORY_CONTEXT *factory) const noexcept { proj_operation_factory_context_destroy(factory); }
};
using Factory = std::unique_ptr<PJ_OPERATION_FACTORY_CONTEXT, FactoryDeleter>;

/// The land and sea of JGD2011 (EPSG area 1129), west, south, east, north in degrees.
constexpr std::array japan{122.38, 17.09, 157.65, 46.05};
constexpr const char *storage_crs = "EPSG:6668";

Context new_context() {
    Context context(proj_context_create());
    proj_context_set_enable_network(context.get(), 0); // no import may depend on, or tell, an outside server
    proj_log_level(context.get(), PJ_LOG_NONE);        // what goes wrong is told by our own errors
    return context;
}

/// What was asked, short enough for a sentence.
std::string quoted(std::string_view asked) {
    constexpr std::size_t most = 80;
    return "\"" + std::string(asked.substr(0, most)) + (asked.size() > most ? "…\"" : "\"");
}

[[noreturn]] void refuse(std::string_view asked, std::string_view why) {
    throw Error(ErrorKind::invalid_input, fmt::format("the CRS {} cannot be used: {}", quoted(asked), why));
}

std::string_view trimmed(std::string_view text) {
    const auto is_space = [](char c) { return std::isspace(static_cast<unsigned char>(c)) != 0; };
    while (!text.empty() && is_space(text.front())) {
        text.remove_prefix(1);
    }
    while (!text.empty() && is_space(text.back())) {
        text.remove_suffix(1);
    }
    return text;
}

/// "EPSG:6677" for any of the ways to write it; empty for what is none of them.
std::string as_epsg(std::string_view text) {
    std::string lower(text);
    std::transform(lower.begin(), lower.end(), lower.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    std::string_view rest = lower;
    // OGC 06-023r1 (URN) and OGC 09-048r5 (URI); the version between is empty or 0 or a release of the register.
    static constexpr std::array<std::string_view, 4> prefixes{"epsg:", "urn:ogc:def:crs:epsg:", "http://www.opengis.net/def/crs/epsg/",
                                                              "https://www.opengis.net/def/crs/epsg/"};
    const auto prefix = std::find_if(prefixes.begin(), prefixes.end(), [rest](std::string_view one) { return rest.starts_with(one); });
    if (prefix != prefixes.end()) {
        rest.remove_prefix(prefix->size());
        if (prefix != prefixes.begin()) {
            const std::size_t end_of_version = rest.find_first_of(":/");
            if (end_of_version == std::string_view::npos) {
                return {};
            }
            rest.remove_prefix(end_of_version + 1);
        }
    }
    const bool digits =
        !rest.empty() && rest.size() <= 9 && std::all_of(rest.begin(), rest.end(), [](unsigned char c) { return std::isdigit(c) != 0; });
    return digits ? "EPSG:" + std::string(rest) : std::string();
}

bool is_crs84(std::string_view text) {
    return text == "OGC:CRS84" || text == "CRS84" || text == "urn:ogc:def:crs:OGC:1.3:CRS84" || text == "urn:ogc:def:crs:OGC::CRS84" ||
           text == "http://www.opengis.net/def/crs/OGC/1.3/CRS84" || text == "https://www.opengis.net/def/crs/OGC/1.3/CRS84";
}

bool is_horizontal(PJ_TYPE type) { return type == PJ_TYPE_GEOGRAPHIC_2D_CRS || type == PJ_TYPE_GEOGRAPHIC_3D_CRS || type == PJ_TYPE_PROJECTED_CRS; }

/// The horizontal CRS within a compound one (with heights) or a bound one (WKT 1 with TOWGS84, whose own parameters are not EPSG's word).
Object horizontal_part(PJ_CONTEXT *context, Object crs) {
    for (int depth = 0; depth < 4; ++depth) {
        const PJ_TYPE type = proj_get_type(crs.get());
        if (type == PJ_TYPE_COMPOUND_CRS) {
            crs = Object(proj_crs_get_sub_crs(context, crs.get(), 0));
        } else if (type == PJ_TYPE_BOUND_CRS) {
            crs = Object(proj_get_source_crs(context, crs.get()));
        } else {
            break;
        }
    }
    return crs;
}

std::string code_of(const PJ *crs) {
    const char *authority = proj_get_id_auth_name(crs, 0);
    const char *code = proj_get_id_code(crs, 0);
    return authority != nullptr && code != nullptr ? std::string(authority) + ":" + code : std::string();
}

/// The CRS of EPSG's register that a WKT without code (an Esri .prj) means; the CRS itself where none is equivalent.
Object identified(PJ_CONTEXT *context, Object crs) {
    if (!code_of(crs.get()).empty()) {
        return crs;
    }
    int *confidences = nullptr;
    const ObjectList candidates(proj_identify(context, crs.get(), "EPSG", nullptr, &confidences));
    // 90 and more: equivalent in datum, projection and axes, at most named otherwise (PROJ, proj_identify). Less is guessing.
    const bool sure = candidates && proj_list_get_count(candidates.get()) > 0 && confidences != nullptr && confidences[0] >= 90;
    proj_int_list_destroy(confidences);
    return sure ? Object(proj_list_get(context, candidates.get(), 0)) : std::move(crs);
}

Object parse_crs(PJ_CONTEXT *context, std::string_view asked) {
    if (asked.size() > max_crs_text_bytes) {
        refuse(asked, fmt::format("its text has {} bytes, at most {} are read", asked.size(), max_crs_text_bytes));
    }
    const std::string text(trimmed(asked));
    std::string wanted = as_epsg(text);
    if (wanted.empty() && is_crs84(text)) {
        wanted = "OGC:CRS84";
    }
    if (wanted.empty()) {
        if (proj_context_guess_wkt_dialect(context, text.c_str()) == PJ_GUESSED_NOT_WKT) {
            refuse(asked, "expected EPSG:<number>, OGC:CRS84 or WKT");
        }
        wanted = text;
    }
    Object crs(proj_create(context, wanted.c_str()));
    if (!crs) {
        refuse(asked, wanted == text && !wanted.starts_with("EPSG:") ? "its WKT cannot be read" : "EPSG's register has no such CRS");
    }
    crs = horizontal_part(context, std::move(crs));
    if (!crs || !is_horizontal(proj_get_type(crs.get()))) {
        refuse(asked, "it is no horizontal CRS (geographic or projected)");
    }
    return identified(context, std::move(crs));
}

std::string axis_text(PJ_CONTEXT *context, const PJ *axes, int index, std::string *direction_out) {
    const char *name = nullptr;
    const char *direction = nullptr;
    const char *unit = nullptr;
    if (proj_cs_get_axis_info(context, axes, index, &name, nullptr, &direction, nullptr, &unit, nullptr, nullptr) == 0) {
        return {};
    }
    if (direction_out != nullptr) {
        *direction_out = direction;
    }
    return fmt::format("{} ({}, {})", name, direction, unit);
}

CrsInfo describe(PJ_CONTEXT *context, const PJ *crs) {
    CrsInfo info;
    info.code = code_of(crs);
    info.name = proj_get_name(crs);
    info.is_geographic = proj_get_type(crs) != PJ_TYPE_PROJECTED_CRS;
    const Object geodetic(proj_crs_get_geodetic_crs(context, crs));
    const Object datum(geodetic ? proj_crs_get_datum_forced(context, geodetic.get()) : nullptr);
    // EPSG has "Tokyo" (1918) and "Tokyo 1892"; Esri writes D_Tokyo.
    const std::string datum_name = datum ? proj_get_name(datum.get()) : "";
    info.is_tokyo_datum = datum_name.starts_with("Tokyo") || datum_name.starts_with("D_Tokyo");
    if (const Object axes{proj_crs_get_coordinate_system(context, crs)}) {
        std::string direction;
        info.first_axis = axis_text(context, axes.get(), 0, &direction);
        info.second_axis = axis_text(context, axes.get(), 1, nullptr);
        info.official_order_is_north_first = direction == "north";
    }
    return info;
}

/// The best operation that PROJ can really perform here: grids present, never ballpark.
Object best_operation(PJ_CONTEXT *context, const PJ *from, const PJ *to) {
    const Factory factory(proj_create_operation_factory_context(context, nullptr));
    proj_operation_factory_context_set_allow_ballpark_transformations(context, factory.get(), 0);
    proj_operation_factory_context_set_grid_availability_use(context, factory.get(), PROJ_GRID_AVAILABILITY_DISCARD_OPERATION_IF_MISSING_GRID);
    proj_operation_factory_context_set_spatial_criterion(context, factory.get(), PROJ_SPATIAL_CRITERION_PARTIAL_INTERSECTION);
    proj_operation_factory_context_set_area_of_interest(context, factory.get(), japan[0], japan[1], japan[2], japan[3]);
    const ObjectList operations(proj_create_operations(context, from, to, factory.get()));
    const int count = operations ? proj_list_get_count(operations.get()) : 0;
    for (int index = 0; index < count; ++index) {
        Object operation(proj_list_get(context, operations.get(), index));
        if (operation && proj_coordoperation_is_instantiable(context, operation.get()) != 0 &&
            proj_coordoperation_has_ballpark_transformation(context, operation.get()) == 0) {
            return operation;
        }
    }
    return nullptr;
}

} // namespace

struct Reprojector::State {
    Context context; // outlives the operation that was made in it
    Object operation;
    CrsInfo crs;
    std::string operation_name;
    std::optional<double> accuracy_m;
    bool datum_shift_is_approximate = false;

    [[noreturn]] void refuse_point(double x, double y) const {
        throw Error(ErrorKind::invalid_input,
                    fmt::format("the point x {} y {} lies outside of what {} ({}) can express on Earth", x, y, crs.code, crs.name));
    }
};

CrsInfo describe_crs(std::string_view crs) {
    const Context context = new_context();
    return describe(context.get(), parse_crs(context.get(), crs).get());
}

Reprojector Reprojector::to_storage(std::string_view crs) {
    auto state = std::make_unique<State>();
    state->context = new_context();
    PJ_CONTEXT *context = state->context.get();
    const Object from = parse_crs(context, crs);
    const Object to(proj_create(context, storage_crs));
    if (!to) {
        throw Error(ErrorKind::unavailable, "PROJ does not know EPSG:6668: its database proj.db is missing or older than 2016");
    }
    state->crs = describe(context, from.get());
    const Object operation = best_operation(context, from.get(), to.get());
    if (!operation) {
        refuse(crs, "PROJ has no way from it to JGD2011 (EPSG:6668) other than pretending that both are the same");
    }
    state->operation_name = proj_get_name(operation.get());
    // A conversion (a projection, a change of axes) has no accuracy in EPSG because it loses none (EPSG guidance note 7-2, 1.1).
    const bool exact = proj_get_type(operation.get()) == PJ_TYPE_CONVERSION;
    const double accuracy_m = exact ? 0 : proj_coordoperation_get_accuracy(context, operation.get());
    if (accuracy_m >= 0) {
        state->accuracy_m = accuracy_m;
    }
    // The grid tky2jgd is stated to 0.2 m, three parameters for all of Japan to 9 or 10.
    state->datum_shift_is_approximate = state->crs.is_tokyo_datum && !(accuracy_m >= 0 && accuracy_m < 2);
    state->operation = Object(proj_normalize_for_visualization(context, operation.get()));
    if (!state->operation) {
        refuse(crs, "its axes cannot be brought into the order x, y");
    }
    return Reprojector(std::move(state));
}

Reprojector::Reprojector(std::unique_ptr<State> state) noexcept : m_state(std::move(state)) {}
Reprojector::Reprojector(Reprojector &&) noexcept = default;
Reprojector &Reprojector::operator=(Reprojector &&) noexcept = default;
Reprojector::~Reprojector() = default;

LonLat Reprojector::operator()(double x, double y) const {
    LonLat position{x, y};
    to_storage_in_place(std::span(&position, 1));
    return position;
}

void Reprojector::to_storage_in_place(std::span<LonLat> positions) const {
    constexpr std::size_t batch = 1024; // small enough to keep what came in, for the sentence about a bad point
    std::array<LonLat, batch> asked;
    while (!positions.empty()) {
        const std::span<LonLat> now = positions.first(std::min(batch, positions.size()));
        std::copy(now.begin(), now.end(), asked.begin());
        proj_trans_generic(m_state->operation.get(), PJ_FWD, &now.front().lon_deg, sizeof(LonLat), now.size(), &now.front().lat_deg, sizeof(LonLat),
                           now.size(), nullptr, 0, 0, nullptr, 0, 0);
        const auto bad = std::find_if_not(now.begin(), now.end(), is_on_earth);
        if (bad != now.end()) {
            const LonLat point = asked[static_cast<std::size_t>(bad - now.begin())];
            m_state->refuse_point(point.lon_deg, point.lat_deg);
        }
        positions = positions.subspan(now.size());
    }
}

void Reprojector::to_storage_in_place(Geometry &geometry) const { to_storage_in_place(std::span(geometry.positions)); }

CrsPoint Reprojector::from_storage(LonLat position) const {
    const PJ_COORD point = proj_trans(m_state->operation.get(), PJ_INV, proj_coord(position.lon_deg, position.lat_deg, 0, 0));
    if (!is_on_earth(position) || !std::isfinite(point.xy.x) || !std::isfinite(point.xy.y)) {
        throw Error(ErrorKind::invalid_input, fmt::format("longitude {} latitude {} lies outside of what {} ({}) can express", position.lon_deg,
                                                          position.lat_deg, m_state->crs.code, m_state->crs.name));
    }
    return {point.xy.x, point.xy.y};
}

const CrsInfo &Reprojector::crs() const noexcept { return m_state->crs; }
std::optional<double> Reprojector::accuracy_m() const noexcept { return m_state->accuracy_m; }
const std::string &Reprojector::operation_name() const noexcept { return m_state->operation_name; }
bool Reprojector::datum_shift_is_approximate() const noexcept { return m_state->datum_shift_is_approximate; }

} // namespace keyaki::geo
