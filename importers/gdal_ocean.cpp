#include "importers/gdal_ocean.hpp"

#include "geo/error.hpp"
#include "geo/limits.hpp"
#include "importers/gdal_session.hpp"

#include <fmt/format.h>
#include <gdal_priv.h>
#include <ogr_spatialref.h>
#include <ogrsf_frmts.h>

#include <algorithm>
#include <memory>
#include <string>
#include <unordered_map>

namespace keyaki::importers {

namespace {

struct CloseDataset {
    void operator()(GDALDataset *dataset) const noexcept { GDALClose(dataset); }
};

[[noreturn]] void refuse(const std::filesystem::path &path, std::string_view what) {
    throw geo::Error(geo::ErrorKind::invalid_input, fmt::format("{}: {}", path.string(), what));
}

enum class Coordinates { degrees, mercator_metres };

Coordinates coordinates_of(const OGRSpatialReference *reference, const std::filesystem::path &path) {
    if (reference == nullptr) {
        refuse(path, "expected a .prj file beside it that says EPSG:4326 or EPSG:3857, found none");
    }
    if (reference->IsGeographic() != 0) {
        return Coordinates::degrees;
    }
    const char *name = reference->GetName();
    const std::string_view said = name == nullptr ? "" : name;
    const bool is_mercator = said.find("Pseudo-Mercator") != std::string_view::npos || said.find("Pseudo_Mercator") != std::string_view::npos ||
                             said.find("Web_Mercator") != std::string_view::npos || said.find("Popular Visualisation") != std::string_view::npos;
    if (!is_mercator) {
        refuse(path, fmt::format("expected EPSG:4326 or EPSG:3857, found {}; `ogr2ogr -t_srs EPSG:4326` makes such a file", said));
    }
    return Coordinates::mercator_metres;
}

/// Polygons of one file within one box.
class OceanReader {
  public:
    OceanReader(const std::filesystem::path &path, const geo::LonLatBox &box) : m_path(path) {
        prepare_gdal();
        if (!std::filesystem::exists(path)) {
            throw geo::Error(geo::ErrorKind::not_found, fmt::format("{}: there is no such file", path.string()));
        }
        const char *const drivers[] = {"ESRI Shapefile", nullptr};
        m_dataset.reset(static_cast<GDALDataset *>(
            GDALOpenEx(std::filesystem::absolute(path).c_str(), GDAL_OF_VECTOR | GDAL_OF_READONLY, drivers, nullptr, nullptr)));
        if (!m_dataset || m_dataset->GetLayerCount() == 0) {
            refuse(path, "expected a Shapefile of polygons, found none: " + m_messages.take_failure());
        }
        m_layer = m_dataset->GetLayer(0);
        m_coordinates = coordinates_of(m_layer->GetSpatialRef(), path);
        set_frame(box);
    }

    OceanPolygons read() {
        m_layer->SetSpatialFilterRect(m_frame.MinX, m_frame.MinY, m_frame.MaxX, m_frame.MaxY);
        m_layer->ResetReading();
        while (const OGRFeatureUniquePtr feature{m_layer->GetNextFeature()}) {
            if (const OGRGeometry *geometry = feature->GetGeometryRef()) {
                add(*geometry);
            }
        }
        if (m_messages.failed()) {
            refuse(m_path, "cannot be read to its end: " + m_messages.take_failure());
        }
        m_ocean.vertex_count = static_cast<std::uint32_t>(m_numbers.size());
        return std::move(m_ocean);
    }

  private:
    /// The box in the file's own coordinates, within the map's.
    void set_frame(const geo::LonLatBox &box) {
        geo::LonLat low{std::max(box.west_deg, -180.0), std::max(box.south_deg, -geo::max_mercator_lat_deg)};
        geo::LonLat high{std::min(box.east_deg, 180.0), std::min(box.north_deg, geo::max_mercator_lat_deg)};
        if (m_coordinates == Coordinates::mercator_metres) {
            const geo::MercatorMetres low_m = geo::to_mercator_metres(low);
            const geo::MercatorMetres high_m = geo::to_mercator_metres(high);
            low = {low_m.x_m, low_m.y_m};
            high = {high_m.x_m, high_m.y_m};
        }
        m_frame.MinX = low.lon_deg;
        m_frame.MinY = low.lat_deg;
        m_frame.MaxX = high.lon_deg;
        m_frame.MaxY = high.lat_deg;
        OGRLinearRing ring;
        ring.addPoint(m_frame.MinX, m_frame.MinY);
        ring.addPoint(m_frame.MaxX, m_frame.MinY);
        ring.addPoint(m_frame.MaxX, m_frame.MaxY);
        ring.addPoint(m_frame.MinX, m_frame.MaxY);
        ring.addPoint(m_frame.MinX, m_frame.MinY);
        m_frame_polygon.addRing(&ring);
    }

    void add(const OGRGeometry &geometry) {
        const auto type = wkbFlatten(geometry.getGeometryType());
        if (type != wkbPolygon && type != wkbMultiPolygon) {
            refuse(m_path, fmt::format("expected polygons, found a {}", geometry.getGeometryName()));
        }
        OGREnvelope envelope;
        geometry.getEnvelope(&envelope);
        if (m_frame.Contains(envelope)) {
            add_polygons(geometry);
            return;
        }
        const std::unique_ptr<OGRGeometry> part(geometry.Intersection(&m_frame_polygon));
        if (!part) {
            refuse(m_path, "a polygon cannot be cut at the extract's box: " + m_messages.take_failure());
        }
        add_polygons(*part);
    }

    /// Of what is left of a cut, lines and points are none of the sea.
    void add_polygons(const OGRGeometry &geometry) {
        if (wkbFlatten(geometry.getGeometryType()) == wkbPolygon) {
            add_polygon(*geometry.toPolygon());
        } else if (const auto *collection = dynamic_cast<const OGRGeometryCollection *>(&geometry)) {
            for (const OGRGeometry *part : *collection) {
                add_polygons(*part);
            }
        }
    }

    void add_polygon(const OGRPolygon &polygon) {
        if (polygon.IsEmpty() != 0) {
            return;
        }
        geo::GridShape shape{geo::GeometryType::polygon, {}, {}, {}};
        for (const OGRLinearRing *ring : polygon) {
            add_ring(*ring, shape);
            if (shape.path_count() == 0) {
                return; // smaller than a cell
            }
        }
        shape.end_polygon();
        m_ocean.shapes.push_back(std::move(shape));
    }

    void add_ring(const OGRLinearRing &ring, geo::GridShape &shape) {
        const std::size_t begin = shape.vertices.size();
        for (int index = 0; index + 1 < ring.getNumPoints(); ++index) {
            const geo::GridPoint point = m_coordinates == Coordinates::degrees
                                             ? geo::to_grid(geo::LonLat{ring.getX(index), ring.getY(index)})
                                             : geo::to_grid(geo::MercatorMetres{ring.getX(index), ring.getY(index)});
            if (shape.vertices.size() == begin || shape.vertices.back().point != point) {
                shape.vertices.push_back({point, number_of(point)});
            }
        }
        if (shape.vertices.size() >= begin + 3) {
            shape.end_path();
        } else {
            shape.vertices.resize(begin);
        }
    }

    std::uint32_t number_of(geo::GridPoint point) {
        const std::uint64_t key = static_cast<std::uint64_t>(point.x) << 32U | point.y;
        return m_numbers.try_emplace(key, static_cast<std::uint32_t>(m_numbers.size())).first->second;
    }

    const std::filesystem::path &m_path;
    GdalMessages m_messages;
    std::unique_ptr<GDALDataset, CloseDataset> m_dataset;
    OGRLayer *m_layer = nullptr;
    Coordinates m_coordinates = Coordinates::degrees;
    OGREnvelope m_frame;
    OGRPolygon m_frame_polygon;
    std::unordered_map<std::uint64_t, std::uint32_t> m_numbers; ///< by place
    OceanPolygons m_ocean;
};

} // namespace

OceanPolygons read_ocean_file(const std::filesystem::path &path, const geo::LonLatBox &box) { return OceanReader(path, box).read(); }

} // namespace keyaki::importers
