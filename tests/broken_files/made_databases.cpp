#include "tests/broken_files/made_files.hpp"
#include "tests/support/command.hpp"
#include "tests/support/temporary_folder.hpp"

#include <stdexcept>

namespace keyaki::test {

namespace {

/// Tables as OGC 12-128r18 wants them, and one layer of one point (139.5 35.7).
constexpr const char *good = R"(
PRAGMA application_id = 0x47504B47; PRAGMA user_version = 10300;
CREATE TABLE gpkg_spatial_ref_sys (srs_name TEXT NOT NULL, srs_id INTEGER PRIMARY KEY, organization TEXT NOT NULL,
  organization_coordsys_id INTEGER NOT NULL, definition TEXT NOT NULL, description TEXT);
INSERT INTO gpkg_spatial_ref_sys VALUES ('WGS 84', 4326, 'EPSG', 4326, 'GEOGCS["WGS 84",DATUM["WGS_1984",SPHEROID["WGS 84",6378137,298.257223563]],PRIMEM["Greenwich",0],UNIT["degree",0.0174532925199433],AUTHORITY["EPSG","4326"]]', '');
INSERT INTO gpkg_spatial_ref_sys VALUES ('undefined', -1, 'NONE', -1, 'undefined', ''), ('undefined', 0, 'NONE', 0, 'undefined', '');
CREATE TABLE gpkg_contents (table_name TEXT PRIMARY KEY, data_type TEXT NOT NULL, identifier TEXT, description TEXT DEFAULT '', last_change DATETIME,
  min_x DOUBLE, min_y DOUBLE, max_x DOUBLE, max_y DOUBLE, srs_id INTEGER);
CREATE TABLE gpkg_geometry_columns (table_name TEXT NOT NULL, column_name TEXT NOT NULL, geometry_type_name TEXT NOT NULL, srs_id INTEGER NOT NULL,
  z TINYINT NOT NULL, m TINYINT NOT NULL);
CREATE TABLE spots (fid INTEGER PRIMARY KEY, geom BLOB, name TEXT);
INSERT INTO spots VALUES (1, X'47500001E6100000010100000000000000007061409A99999999D94140', 'station');
INSERT INTO gpkg_contents VALUES ('spots', 'features', 'spots', '', '2026-01-01T00:00:00Z', 139, 35, 140, 36, 4326);
INSERT INTO gpkg_geometry_columns VALUES ('spots', 'geom', 'POINT', 4326, 0, 0);
)";

std::string database_of(const std::string &sql) {
    const TemporaryFolder folder;
    const auto path = folder / "made.gpkg";
    const CommandResult made = run({"sqlite3", path.string(), std::string(good) + sql});
    if (made.status != 0) {
        throw std::runtime_error("sqlite3: " + made.error);
    }
    return bytes_of(path);
}

} // namespace

void make_databases(const TakeMadeFile &take) {
    const auto make = [&](const char *name, const std::string &sql) { take({FileKind::city, name, database_of(sql)}); };
    make("good.gpkg", "");
    make("trigger that writes.gpkg", "CREATE TRIGGER t AFTER INSERT ON spots BEGIN DELETE FROM gpkg_contents; END;");
    make("view that is a layer.gpkg",
         "CREATE VIEW lies AS SELECT fid, geom, name FROM spots; DELETE FROM gpkg_contents; DELETE FROM gpkg_geometry_columns;"
         "INSERT INTO gpkg_contents VALUES ('lies', 'features', 'lies', '', '', 139, 35, 140, 36, 4326);"
         "INSERT INTO gpkg_geometry_columns VALUES ('lies', 'geom', 'POINT', 4326, 0, 0);");
    make("view whose geometry is text.gpkg", "DROP TABLE spots; CREATE VIEW spots AS SELECT 1 AS fid, 'not a geometry' AS geom, 'x' AS name;");
    make("view that calls functions.gpkg",
         "DROP TABLE spots; CREATE VIEW spots AS SELECT 1 AS fid, "
         "X'47500001E6100000010100000000000000007061409A99999999D94140' AS geom, load_extension('/tmp/x.so') AS name;");
    make("column that is not there.gpkg", "UPDATE gpkg_geometry_columns SET column_name = 'elsewhere';");
    make("table that is not there.gpkg", "UPDATE gpkg_contents SET table_name = 'absent'; UPDATE gpkg_geometry_columns SET table_name = 'absent';");
    make("reference system that is not there.gpkg", "UPDATE gpkg_geometry_columns SET srs_id = 99999; UPDATE gpkg_contents SET srs_id = 99999;");
    make("undefined reference system.gpkg", "UPDATE gpkg_geometry_columns SET srs_id = -1; UPDATE gpkg_contents SET srs_id = -1;");
    make("extent beyond the world.gpkg", "UPDATE gpkg_contents SET min_x = -1e308, max_x = 1e308, min_y = 'here', max_y = NULL;");
    make("geometry type that lies.gpkg", "UPDATE gpkg_geometry_columns SET geometry_type_name = 'POLYGON';");
    make("broken geometry.gpkg", "INSERT INTO spots VALUES (2, X'4750', 'short'), (3, X'00', 'zero'), (4, 'text', 'text'), (5, NULL, 'null');");
    make("promised points.gpkg", "INSERT INTO spots VALUES (2, X'47500001E61000000102000000FFFFFFFF00000000', 'four billion points');");
    make("sql in names.gpkg",
         "ALTER TABLE spots RENAME TO \"x'; DROP TABLE gpkg_contents; --\"; UPDATE gpkg_contents SET table_name = 'x''; DROP TABLE "
         "gpkg_contents; --'; UPDATE gpkg_geometry_columns SET table_name = 'x''; DROP TABLE gpkg_contents; --';");
    make("two layers.gpkg",
         "CREATE TABLE more (fid INTEGER PRIMARY KEY, geom BLOB); INSERT INTO gpkg_contents VALUES ('more', 'features', 'more', '', '', "
         "1, 1, 2, 2, 4326); INSERT INTO gpkg_geometry_columns VALUES ('more', 'geom', 'POINT', 4326, 0, 0);");
    make("no layers.gpkg", "DELETE FROM gpkg_contents; DELETE FROM gpkg_geometry_columns; DROP TABLE spots;");
    std::string cut = database_of("");
    cut.resize(cut.size() / 2);
    take({FileKind::city, "cut.gpkg", cut});
    std::string damaged = database_of("");
    for (std::size_t i = 200; i < damaged.size(); i += 37) {
        damaged[i] = static_cast<char>(damaged[i] ^ 0x5A);
    }
    take({FileKind::city, "damaged.gpkg", damaged});
    take({FileKind::city, "header alone.gpkg", std::string("SQLite format 3\0", 16)});
}

} // namespace keyaki::test
