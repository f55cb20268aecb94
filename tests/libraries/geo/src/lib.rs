//! Blocks about places on Earth.

wit_bindgen::generate!({ path: "../../../schemas/block-library.wit" });

use exports::blockcast::blocks::library::{Block, Description, Guest, Input, Kind, Value};

struct Geo;
export!(Geo);

impl Guest for Geo {
    fn describe() -> Description {
        let degrees = |name: &str| Input {
            name: name.into(),
            kind: Kind::Number,
            default: Value::Number(0.0),
        };
        Description {
            category: "Places".into(),
            colour: "#5ba55b".into(),
            blocks: vec![
                Block {
                    name: "geo_distance".into(),
                    message: "kilometres from %1 , %2 to %3 , %4".into(),
                    doc: "The way between two places on Earth, in kilometres as the crow flies. \
                          Latitudes and longitudes are in degrees."
                        .into(),
                    inputs: ["LATITUDE_1", "LONGITUDE_1", "LATITUDE_2", "LONGITUDE_2"]
                        .map(degrees)
                        .into(),
                    output: Some(Kind::Number),
                },
                Block {
                    name: "geo_compass".into(),
                    message: "compass direction of %1 degrees".into(),
                    doc: "N, NE, E, SE, S, SW, W or NW.".into(),
                    inputs: vec![degrees("BEARING")],
                    output: Some(Kind::Text),
                },
            ],
        }
    }

    fn call(block: u32, inputs: Vec<Value>) -> Result<Value, String> {
        match (block, &inputs[..]) {
            (0, [Value::Number(a), Value::Number(b), Value::Number(c), Value::Number(d)]) => {
                for latitude in [a, c] {
                    if latitude.abs() > 90.0 {
                        return Err(format!("{latitude} is no latitude: it goes from -90 to 90"));
                    }
                }
                Ok(Value::Number(kilometres((*a, *b), (*c, *d))))
            }
            (1, [Value::Number(bearing)]) => {
                let eighth = (bearing.rem_euclid(360.0) / 45.0).round() as usize % 8;
                let names = ["N", "NE", "E", "SE", "S", "SW", "W", "NW"];
                Ok(Value::Text(names[eighth].into()))
            }
            _ => Err("the inputs must be numbers".into()),
        }
    }
}

/// By the haversine formula, on a sphere of the Earth's mean radius.
fn kilometres(from: (f64, f64), to: (f64, f64)) -> f64 {
    let (latitude, longitude) = ((to.0 - from.0).to_radians(), (to.1 - from.1).to_radians());
    let a = (latitude / 2.0).sin().powi(2)
        + from.0.to_radians().cos() * to.0.to_radians().cos() * (longitude / 2.0).sin().powi(2);
    2.0 * 6_371.0 * a.sqrt().asin()
}
