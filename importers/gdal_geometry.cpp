#include "importers/gdal_geometry.hpp"

#include "importers/limits.hpp"
#include "importers/text_encoding.hpp"

#include <fmt/format.h>
#include <ogr_geometry.h>

#include <cstring>
#include <memory>
#include <utility>

namespace keyaki::importers {

namespace {

void append_part(geo::Geometry &out, const OGRSimpleCurve &curve) {
    const auto count = static_cast<std::size_t>(curve.getNumPoints());
    for (std::size_t i = 0; i < count; ++i) {
        const int index = static_cast<int>(i);
        out.positions.push_back({curve.getX(index), curve.getY(index)});
    }
    out.part_ends.push_back(static_cast<std::uint32_t>(out.positions.size()));
}

void append_polygon(geo::Geometry &out, const OGRPolygon &polygon) {
    for (const OGRLinearRing *ring : polygon) {
        if (!ring->IsEmpty()) {
            append_part(out, *ring);
        }
    }
    out.end_polygon();
}

geo::Geometry convert_points(const OGRMultiPoint &points) {
    geo::Geometry out{geo::GeometryType::multi_point, {}, {}, {}};
    for (const OGRPoint *point : points) {
        if (!point->IsEmpty()) {
            out.positions.push_back({point->getX(), point->getY()});
        }
    }
    return out;
}

geo::Geometry convert_lines(const OGRMultiLineString &lines) {
    geo::Geometry out{geo::GeometryType::multi_line_string, {}, {}, {}};
    for (const OGRLineString *line : lines) {
        if (!line->IsEmpty()) {
            append_part(out, *line);
        }
    }
    return out;
}

geo::Geometry convert_polygons(const OGRMultiPolygon &polygons) {
    geo::Geometry out{geo::GeometryType::multi_polygon, {}, {}, {}};
    for (const OGRPolygon *polygon : polygons) {
        if (!polygon->IsEmpty()) {
            append_polygon(out, *polygon);
        }
    }
    return out;
}

void convert_linear(const OGRGeometry &geometry, ConvertedGeometry &out, std::size_t depth);

void convert_collection(const OGRGeometryCollection &collection, ConvertedGeometry &out, std::size_t depth) {
    if (depth >= max_collection_depth) {
        out.problem = fmt::format("geometry collections are nested more than {} deep", max_collection_depth);
        return;
    }
    for (const OGRGeometry *member : collection) {
        if (out.problem.empty() && !member->IsEmpty()) {
            convert_linear(*member, out, depth + 1);
        }
    }
}

void convert_linear(const OGRGeometry &geometry, ConvertedGeometry &out, std::size_t depth) {
    switch (wkbFlatten(geometry.getGeometryType())) {
    case wkbPoint: out.parts.push_back(geo::Geometry::point({geometry.toPoint()->getX(), geometry.toPoint()->getY()})); break;
    case wkbLineString: {
        geo::Geometry line{geo::GeometryType::line_string, {}, {}, {}};
        append_part(line, *geometry.toLineString());
        out.parts.push_back(std::move(line));
        break;
    }
    case wkbPolygon: {
        geo::Geometry polygon{geo::GeometryType::polygon, {}, {}, {}};
        append_polygon(polygon, *geometry.toPolygon());
        out.parts.push_back(std::move(polygon));
        break;
    }
    case wkbMultiPoint: out.parts.push_back(convert_points(*geometry.toMultiPoint())); break;
    case wkbMultiLineString: out.parts.push_back(convert_lines(*geometry.toMultiLineString())); break;
    case wkbMultiPolygon: out.parts.push_back(convert_polygons(*geometry.toMultiPolygon())); break;
    case wkbGeometryCollection: convert_collection(*geometry.toGeometryCollection(), out, depth); break;
    default: out.problem = fmt::format("expected points, lines or polygons, found {}", geometry.getGeometryName()); break;
    }
}

} // namespace

ConvertedGeometry convert_geometry(const OGRGeometry &geometry) {
    ConvertedGeometry out;
    out.heights_dropped = geometry.Is3D() != 0;
    out.measures_dropped = geometry.IsMeasured() != 0;
    if (geometry.IsEmpty()) {
        out.problem = "the geometry is empty";
        return out;
    }
    out.curves_linearised = geometry.hasCurveGeometry() != 0;
    if (out.curves_linearised) {
        const std::unique_ptr<OGRGeometry> linear(geometry.getLinearGeometry());
        convert_linear(*linear, out, 0);
    } else {
        convert_linear(geometry, out, 0);
    }
    if (!out.problem.empty()) {
        out.parts.clear();
    }
    return out;
}

ConvertedGeometry parse_wkt(const std::string &text) {
    if (text.size() >= 5 && (std::strncmp(text.c_str(), "SRID=", 5) == 0 || std::strncmp(text.c_str(), "srid=", 5) == 0)) {
        return {{}, false, false, false, "expected WKT without an SRID of its own: give the CRS of the whole file with --crs"};
    }
    OGRGeometry *parsed = nullptr;
    const char *rest = text.c_str();
    const OGRErr problem = OGRGeometryFactory::createFromWkt(&rest, nullptr, &parsed);
    const std::unique_ptr<OGRGeometry> geometry(parsed);
    if (problem != OGRERR_NONE || !geometry) {
        return {{}, false, false, false, fmt::format("expected well-known text of a geometry, found \"{}\"", quoted_value(text))};
    }
    return convert_geometry(*geometry);
}

} // namespace keyaki::importers
